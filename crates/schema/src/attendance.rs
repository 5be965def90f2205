//! Table `attendance`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `attendance`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attendance")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// At which training.
    pub training: Uuid,
    /// Who.
    pub physician: Uuid,
    /// First check-in.
    pub in_at: Option<DateTime<Utc>>,
    /// Last check-out.
    pub out_at: Option<DateTime<Utc>>,
    /// scan, number or office.
    #[sea_orm(column_type = "Text")]
    pub source: String,
    /// When an officer set the times: passages through the door say nothing more.
    pub corrected_at: Option<DateTime<Utc>>,
    /// Account of the host's officer who confirmed presence.
    pub checked_by: Option<Uuid>,
    /// When.
    pub checked_at: Option<DateTime<Utc>>,
    /// Reason of a correction.
    #[sea_orm(column_type = "Text")]
    pub remark: String,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
