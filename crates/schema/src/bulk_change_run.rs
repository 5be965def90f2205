//! Table `bulk_change_run`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `bulk_change_run`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_change_run")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which.
    pub bulk_change: Uuid,
    /// enter, decide or undo.
    #[sea_orm(column_type = "Text")]
    pub act: String,
    /// Who acts.
    pub association: Uuid,
    /// Why it is taken back; empty for the other acts.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Who asked for it.
    #[sea_orm(column_type = "Text")]
    pub by_name: String,
    /// For which office.
    #[sea_orm(column_type = "Text")]
    pub office: String,
    /// Account.
    pub account: Uuid,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When the last line was done.
    pub ended_at: Option<DateTime<Utc>>,
    /// Lines done; counted at the end.
    pub done: i32,
    /// Lines that could not be done.
    pub failed: i32,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
