//! Table `terms`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `terms`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "terms")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// E.g. 2026-04.
    #[sea_orm(column_type = "Text")]
    pub version: String,
    /// Plain text: ## before a heading, - before an item.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// What is new, in a few sentences.
    #[sea_orm(column_type = "Text")]
    pub changes: String,
    /// In force from.
    pub valid_from: NaiveDate,
    /// Who published it.
    #[sea_orm(column_type = "Text")]
    pub by_name: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Account that was told last, in the order of ids; none before the first.
    pub told_to: Option<Uuid>,
    /// When everybody had been told.
    pub told_at: Option<DateTime<Utc>>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
