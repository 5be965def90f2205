//! Table `provisional_credential`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `provisional_credential`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provisional_credential")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Made with.
    pub credential_run: Uuid,
    /// In postal order, from 1.
    pub position: i32,
    /// Whose.
    pub physician: Uuid,
    /// What it opens; none before it is made.
    pub account: Option<Uuid>,
    /// post, mail or none: how the person hears of it.
    #[sea_orm(column_type = "Text")]
    pub way: String,
    /// Of the destination when it was chosen.
    #[sea_orm(column_type = "Text")]
    pub postal_code: String,
    /// SHA-256: the secret is 60 random bits, never chosen by a person. None where there is no card.
    #[sea_orm(column_type = "Text", nullable)]
    pub secret_hash: Option<String>,
    /// Why there is no card, in a sentence; empty where there is one.
    #[sea_orm(column_type = "Text")]
    pub problem: String,
    /// It opens nothing from then on.
    pub expires_at: Option<DateTime<Utc>>,
    /// First login with it.
    pub used_at: Option<DateTime<Utc>>,
    /// Replaced by a newer one, or withdrawn.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When the card was printed or the mail written.
    pub made_at: Option<DateTime<Utc>>,
    /// When the person was chosen.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
