//! Table `reception_event`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `reception_event`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reception_event")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// At which door.
    pub training: Uuid,
    /// Random id of the device.
    #[sea_orm(column_type = "Text")]
    pub device: String,
    /// Counted by the device: a replay is recognised.
    pub device_sequence: i64,
    /// in or out.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// What was read or typed.
    #[sea_orm(column_type = "Text")]
    pub ticket: String,
    /// Whom it matched.
    pub physician: Option<Uuid>,
    /// What the device was told.
    #[sea_orm(column_type = "Text")]
    pub outcome: String,
    /// The device's time.
    pub at: DateTime<Utc>,
    /// Ours.
    pub received_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
