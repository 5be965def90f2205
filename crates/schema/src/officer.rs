//! Table `officer`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `officer`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "officer")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name shown beside decisions.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Katakana.
    #[sea_orm(column_type = "Text")]
    pub kana: String,
    /// For notices and password reset.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
