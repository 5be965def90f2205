//! Table `physician_link`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `physician_link`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "physician_link")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// A non-member.
    pub physician: Uuid,
    /// The body that knows the person.
    pub association: Uuid,
    /// attended or applied.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
