//! Table `bulk_change`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `bulk_change`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_change")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What people quote, e.g. B2026-0001.
    #[sea_orm(column_type = "Text")]
    pub number: String,
    /// Whose office.
    pub association: Uuid,
    /// category, workplace or leaving.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// As uploaded.
    #[sea_orm(column_type = "Text")]
    pub file_name: String,
    /// Of the file: the same one twice is said aloud.
    #[sea_orm(column_type = "Text")]
    pub sha256: String,
    /// checked, running, done, undoing or undone.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// Who had it checked.
    #[sea_orm(column_type = "Text")]
    pub by_name: String,
    /// Account.
    pub account: Uuid,
    /// When it was checked.
    pub created_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
