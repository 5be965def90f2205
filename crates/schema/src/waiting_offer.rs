//! Table `waiting_offer`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `waiting_offer`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "waiting_offer")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// To whom the seat is offered; it is held meanwhile.
    pub signup: Uuid,
    /// open, accepted, declined, expired or withdrawn.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// Held until then.
    pub expires_at: DateTime<Utc>,
    /// When it was offered.
    pub created_at: DateTime<Utc>,
    /// When it was answered, ran out or was withdrawn.
    pub answered_at: Option<DateTime<Utc>>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
