//! Table `signup`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `signup`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signup")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// For which training.
    pub training: Uuid,
    /// Who.
    pub physician: Uuid,
    /// waiting, offered, confirmed or cancelled.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// Order of arrival; 0 until there is a seat of one's own.
    pub order_number: i64,
    /// Copy of the training's time, for the overlap check.
    pub starts_at: DateTime<Utc>,
    /// Copy of the training's time.
    pub ends_at: DateTime<Utc>,
    /// When the seat was given, or the place on the waiting list.
    pub created_at: DateTime<Utc>,
    /// When it was given back.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Optimistic lock.
    pub version: i64,
    /// Place on the waiting list; none for a seat got at once.
    pub waiting_number: Option<i64>,
    /// Higher goes first on the waiting list.
    pub priority: i32,
    /// Why an office gave it; empty for none.
    #[sea_orm(column_type = "Text")]
    pub priority_reason: String,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
