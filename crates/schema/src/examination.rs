//! Table `examination`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `examination`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "examination")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What was examined.
    pub application: Uuid,
    /// By which office.
    pub association: Uuid,
    /// By whom.
    pub account: Uuid,
    /// JSON of the points ticked.
    #[sea_orm(column_type = "Text")]
    pub checklist: String,
    /// For the board.
    #[sea_orm(column_type = "Text")]
    pub remarks: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
