//! Table `physician_change`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `physician_change`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "physician_change")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose data.
    pub physician: Uuid,
    /// What changed, see rules/src/physician/field.rs.
    #[sea_orm(column_type = "Text")]
    pub field: String,
    /// As people read it; empty for none.
    #[sea_orm(column_type = "Text")]
    pub before: String,
    /// As people read it; empty for none.
    #[sea_orm(column_type = "Text")]
    pub after: String,
    /// own, on_behalf, application, office or system.
    #[sea_orm(column_type = "Text")]
    pub source: String,
    /// The application that brought it.
    pub application: Option<Uuid>,
    /// Who, with the office.
    #[sea_orm(column_type = "Text")]
    pub by_name: String,
    /// When.
    pub changed_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
