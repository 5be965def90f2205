//! Table `handover`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `handover`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "handover")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who leaves.
    pub officer: Uuid,
    /// Who goes on; none while nobody is named.
    pub successor: Option<Uuid>,
    /// Which office; exactly one of association and organizer.
    pub association: Option<Uuid>,
    /// Which office.
    pub organizer: Option<Uuid>,
    /// Last day of the duties there.
    pub last_day: NaiveDate,
    /// JSON of the lists as they stood: duties, applications, batches, trainings.
    #[sea_orm(column_type = "Text")]
    pub data: String,
    /// What the successor must know.
    #[sea_orm(column_type = "Text")]
    pub remarks: String,
    /// Who made it, with the office.
    #[sea_orm(column_type = "Text")]
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
