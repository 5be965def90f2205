//! Table `unsubscription`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `unsubscription`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unsubscription")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who wants no more notices
    pub physician: Uuid,
    /// from whom.
    pub association: Uuid,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when; none while it lasts.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
