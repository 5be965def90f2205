//! Table `seat_count`.

use sea_orm::entity::prelude::*;

/// One row of `seat_count`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seat_count")]
pub struct Model {
    /// The row a claim locks.
    #[sea_orm(primary_key, auto_increment = false)]
    pub training: Uuid,
    /// Seats.
    pub capacity: i32,
    /// Seats given, and seats offered.
    pub taken: i32,
    /// Last order number given.
    pub last_order: i64,
    /// Last place on the waiting list given.
    pub last_waiting: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
