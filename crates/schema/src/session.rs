//! Table `session`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `session`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 of the cookie value; the value itself is never stored.
    #[sea_orm(column_type = "Text")]
    pub token_hash: String,
    /// Whose session.
    pub account: Uuid,
    /// Login.
    pub created_at: DateTime<Utc>,
    /// Last request, to within five minutes.
    pub last_seen_at: DateTime<Utc>,
    /// End of the session.
    pub expires_at: DateTime<Utc>,
    /// When the second factor was given.
    pub second_factor_at: Option<DateTime<Utc>>,
    /// Shown in the session list.
    #[sea_orm(column_type = "Text")]
    pub user_agent: String,
    /// Network address at login.
    #[sea_orm(column_type = "Text")]
    pub address: String,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
