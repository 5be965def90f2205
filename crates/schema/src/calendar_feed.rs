//! Table `calendar_feed`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `calendar_feed`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_feed")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose seats.
    pub physician: Uuid,
    /// When the address was made.
    pub created_at: DateTime<Utc>,
    /// Replaced or ended.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
