//! Table `physician_merge`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `physician_merge`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "physician_merge")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The pair.
    pub duplicate: Uuid,
    /// Whose record stays.
    pub kept: Uuid,
    /// Whose record goes.
    pub merged: Uuid,
    /// JSON of both rows, field by field: before and after.
    #[sea_orm(column_type = "Text")]
    pub fields: String,
    /// JSON {table.column: [ids]}: what un-merging moves back.
    #[sea_orm(column_type = "Text")]
    pub moved: String,
    /// JSON {table.column: [ids]}: what could not move.
    #[sea_orm(column_type = "Text")]
    pub stayed: String,
    /// JSON of the accounts of both, before.
    #[sea_orm(column_type = "Text")]
    pub accounts: String,
    /// Why it is one person.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Who, with the office.
    #[sea_orm(column_type = "Text")]
    pub by_name: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was taken back.
    pub undone_at: Option<DateTime<Utc>>,
    /// By whom; empty while it stands.
    #[sea_orm(column_type = "Text")]
    pub undone_by: String,
    /// Why; empty while it stands.
    #[sea_orm(column_type = "Text")]
    pub undone_reason: String,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
