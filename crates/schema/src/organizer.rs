//! Table `organizer`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `organizer`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organizer")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name of the external organizer.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Reading in katakana.
    #[sea_orm(column_type = "Text")]
    pub kana: String,
    /// Where it is; its trainings go to that prefectural association.
    pub prefecture: i32,
    /// The association that admitted it.
    pub approved_by: Option<Uuid>,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
