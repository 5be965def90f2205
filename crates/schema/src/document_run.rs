//! Table `document_run`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `document_run`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document_run")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Attendance certificates of this training.
    pub training: Uuid,
    /// making, ready or forgotten.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// JSON list of physicians in the order of the pages.
    #[sea_orm(column_type = "Text")]
    pub people: String,
    /// How many people.
    pub wanted: i32,
    /// Dealt with so far: a killed run goes on there.
    pub made: i32,
    /// How many files there are; the store keeps them for a week.
    pub files: i32,
    /// JSON list of [name, why]: who has none.
    #[sea_orm(column_type = "Text")]
    pub problems: String,
    /// Who asked for it.
    #[sea_orm(column_type = "Text")]
    pub by_name: String,
    /// Account of who asked.
    pub account: Uuid,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
