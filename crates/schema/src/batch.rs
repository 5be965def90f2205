//! Table `batch`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `batch`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "batch")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What people quote.
    #[sea_orm(column_type = "Text")]
    pub number: String,
    /// Whose batch.
    pub association: Uuid,
    /// The tier above, once it went up.
    pub submitted_to: Option<Uuid>,
    /// Kind of the applications in it: certification.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// Scheme.
    #[sea_orm(column_type = "Text")]
    pub scheme: String,
    /// board or committee.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// collecting, decided or submitted.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// Day of the meeting.
    pub held_on: Option<NaiveDate>,
    /// Number of the minutes.
    #[sea_orm(column_type = "Text", nullable)]
    pub minutes_number: Option<String>,
    /// When it went up.
    pub submitted_at: Option<DateTime<Utc>>,
    /// Account.
    pub created_by: Uuid,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
