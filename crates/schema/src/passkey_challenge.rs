//! Table `passkey_challenge`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `passkey_challenge`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkey_challenge")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// For whom; none at a login, where the passkey says who it is.
    pub account: Option<Uuid>,
    /// login or registration.
    #[sea_orm(column_type = "Text")]
    pub purpose: String,
    /// JSON of what was asked, to hold the answer against.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// Network address that asked: one address has only so many open.
    #[sea_orm(column_type = "Text")]
    pub address: String,
    /// Answers are taken until then, once.
    pub expires_at: DateTime<Utc>,
    /// When it was asked.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
