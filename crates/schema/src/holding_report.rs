//! Table `holding_report`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `holding_report`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "holding_report")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which training.
    pub training: Uuid,
    /// Heads.
    pub attendees: i32,
    /// Of them members.
    pub members: i32,
    /// Anything the offices should know.
    #[sea_orm(column_type = "Text")]
    pub remarks: String,
    /// Account.
    pub reported_by: Uuid,
    /// When it was filed.
    pub reported_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
