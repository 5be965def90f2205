//! Table `credential_run`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `credential_run`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credential_run")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What people quote, C2026-0001.
    #[sea_orm(column_type = "Text")]
    pub number: String,
    /// Who sends.
    pub association: Uuid,
    /// first or reminder.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// queued, making, ready, posted or withdrawn.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// JSON of the selection.
    #[sea_orm(column_type = "Text")]
    pub chosen: String,
    /// People chosen.
    pub wanted: i32,
    /// People dealt with so far: the job goes on from here.
    pub made: i32,
    /// Handed to the post.
    pub posted_on: Option<NaiveDate>,
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
