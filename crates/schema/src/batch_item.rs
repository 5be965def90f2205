//! Table `batch_item`.

use sea_orm::entity::prelude::*;

/// One row of `batch_item`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "batch_item")]
pub struct Model {
    /// In which batch.
    #[sea_orm(primary_key, auto_increment = false)]
    pub batch: Uuid,
    /// Which application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub application: Uuid,
    /// Order on the packet.
    pub position: i32,
    /// waiting, approved, deferred, submitted, failed or left.
    #[sea_orm(column_type = "Text")]
    pub result: String,
    /// Why it failed or left.
    #[sea_orm(column_type = "Text")]
    pub message: String,
    /// Day of the meeting that decided it; none before.
    pub held_on: Option<Date>,
    /// Number of that meeting's minutes.
    #[sea_orm(column_type = "Text", nullable)]
    pub minutes_number: Option<String>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
