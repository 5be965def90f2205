//! Table `account_token`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `account_token`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_token")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 of the value in the link.
    #[sea_orm(column_type = "Text")]
    pub token_hash: String,
    /// For whom.
    pub account: Uuid,
    /// email_verification or password_reset.
    #[sea_orm(column_type = "Text")]
    pub purpose: String,
    /// The address the link was sent to.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// The link stops working then.
    pub expires_at: DateTime<Utc>,
    /// A link works once.
    pub used_at: Option<DateTime<Utc>>,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
