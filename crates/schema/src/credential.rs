//! Table `credential`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `credential`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credential")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose second factor.
    pub account: Uuid,
    /// totp.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// Shared secret in base32.
    #[sea_orm(column_type = "Text")]
    pub secret: String,
    /// When the first code was right.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// Time step of the last accepted code: a code works once.
    pub last_step: Option<i64>,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
