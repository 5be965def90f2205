//! Table `recovery_code`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `recovery_code`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_code")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose code.
    pub account: Uuid,
    /// SHA-256 of account and code; the code itself is shown once and never stored.
    #[sea_orm(column_type = "Text")]
    pub code_hash: String,
    /// A code works once.
    pub used_at: Option<DateTime<Utc>>,
    /// When the set was made.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
