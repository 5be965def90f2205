//! Table `credit_event`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `credit_event`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_event")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which credit.
    pub credit: Uuid,
    /// released, confirmed or reversed.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub account: Option<Uuid>,
    /// Why, for a reversal.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
