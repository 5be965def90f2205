//! Table `consent`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `consent`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who.
    pub physician: Uuid,
    /// joint_use.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// Given, or taken back.
    pub given: bool,
    /// The text that was shown.
    #[sea_orm(column_type = "Text")]
    pub text_version: String,
    /// Who typed it.
    #[sea_orm(column_type = "Text")]
    pub by_name: String,
    /// When; the newest row counts.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
