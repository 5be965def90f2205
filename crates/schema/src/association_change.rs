//! Table `association_change`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `association_change`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "association_change")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose history.
    pub association: Uuid,
    /// details or renamed.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// From this day.
    pub effective_on: NaiveDate,
    /// JSON of what was.
    #[sea_orm(column_type = "Text")]
    pub before: String,
    /// JSON of what is.
    #[sea_orm(column_type = "Text")]
    pub after: String,
    /// Why; shown in the history.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Who, with the office.
    #[sea_orm(column_type = "Text")]
    pub by_name: String,
    /// Account; none for the system.
    pub account: Option<Uuid>,
    /// When it was carried out; none while its day lies ahead.
    pub applied_at: Option<DateTime<Utc>>,
    /// moved: the new parent; merged: who goes on.
    pub target: Option<Uuid>,
    /// moved: the parent before.
    pub former: Option<Uuid>,
    /// What kept it from being carried out on its day; empty for nothing.
    #[sea_orm(column_type = "Text")]
    pub obstacle: String,
    /// When it was taken back before its day.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Who took it back, with the office.
    #[sea_orm(column_type = "Text")]
    pub withdrawn_by: String,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
