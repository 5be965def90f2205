//! Table `bulk_change_row`.

use sea_orm::entity::prelude::*;

/// One row of `bulk_change_row`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_change_row")]
pub struct Model {
    /// Of which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub bulk_change: Uuid,
    /// Of the file, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line: i32,
    /// JSON: known columns as they were read, in the order of the file.
    #[sea_orm(column_type = "Text")]
    pub cells: String,
    /// Whom it means.
    pub physician: Option<Uuid>,
    /// JSON of what changes; empty where the line cannot be read.
    #[sea_orm(column_type = "Text")]
    pub change: String,
    /// The same in a sentence.
    #[sea_orm(column_type = "Text")]
    pub what: String,
    /// ready, problem, same, done, failed or undone.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// Why not, and what to do; empty where nothing is wrong.
    #[sea_orm(column_type = "Text")]
    pub problem: String,
    /// JSON that undoing needs; empty where it needs nothing.
    #[sea_orm(column_type = "Text")]
    pub before: String,
    /// What it filed.
    pub application: Option<Uuid>,
    /// The act that dealt with it last.
    pub run: Option<Uuid>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
