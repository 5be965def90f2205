//! Table `account`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `account`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What is typed at login.
    #[sea_orm(column_type = "Text")]
    pub login_id: String,
    /// Argon2id in PHC format.
    #[sea_orm(column_type = "Text")]
    pub password_hash: String,
    /// The physician, or
    pub physician: Option<Uuid>,
    /// the officer who logs in.
    pub officer: Option<Uuid>,
    /// active, suspended by an administrator, or closed.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// When the terms of use were first accepted: nobody gets further without.
    pub first_used_at: Option<DateTime<Utc>>,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
