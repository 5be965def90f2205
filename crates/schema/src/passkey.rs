//! Table `passkey`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `passkey`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkey")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose login.
    pub account: Uuid,
    /// How the device calls it, base64url; no two accounts have the same.
    #[sea_orm(column_type = "Text")]
    pub external_id: String,
    /// What its owner calls it, e.g. the device.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// JSON: public key, counter of uses, whether it is kept in several places.
    #[sea_orm(column_type = "Text")]
    pub data: String,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// Last login with it.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
