//! Table `login_attempt`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `login_attempt`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_attempt")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// login:<id> or address:<ip>; what the limit counts by.
    #[sea_orm(column_type = "Text")]
    pub subject: String,
    /// When a login failed.
    pub at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
