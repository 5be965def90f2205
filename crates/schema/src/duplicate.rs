//! Table `duplicate`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `duplicate`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "duplicate")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The smaller id.
    pub first: Uuid,
    /// The larger id.
    pub second: Uuid,
    /// 0–100.
    pub score: i32,
    /// JSON list of what is alike.
    #[sea_orm(column_type = "Text")]
    pub signs: String,
    /// open, different or merged.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// Why it is not the same person.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Who, with the office; empty while open.
    #[sea_orm(column_type = "Text")]
    pub decided_by: String,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// When it was found.
    pub created_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
