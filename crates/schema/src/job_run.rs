//! Table `job_run`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `job_run`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job_run")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name on the timetable.
    #[sea_orm(column_type = "Text")]
    pub job: String,
    /// Start.
    pub started_at: DateTime<Utc>,
    /// End.
    pub ended_at: Option<DateTime<Utc>>,
    /// running, done or failed.
    #[sea_orm(column_type = "Text")]
    pub outcome: String,
    /// What it did, in a sentence.
    #[sea_orm(column_type = "Text")]
    pub report: String,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
