//! Table `audit_entry`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `audit_entry`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    /// Without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; none for the system.
    pub account: Option<Uuid>,
    /// Name at that time.
    #[sea_orm(column_type = "Text")]
    pub actor_name: String,
    /// For which office; empty for physicians.
    #[sea_orm(column_type = "Text")]
    pub office: String,
    /// E.g. training.submit or physician.look.
    #[sea_orm(column_type = "Text")]
    pub action: String,
    /// Noun of what was touched.
    #[sea_orm(column_type = "Text")]
    pub object_kind: String,
    /// Which one.
    pub object: Option<Uuid>,
    /// Whose personal data it is about.
    pub physician: Option<Uuid>,
    /// JSON: what changed, without personal data the reader need not see.
    #[sea_orm(column_type = "Text")]
    pub detail: String,
    /// Joins the log.
    #[sea_orm(column_type = "Text")]
    pub request_id: String,
    /// Hash of the entry before.
    #[sea_orm(column_type = "Text")]
    pub previous_hash: String,
    /// SHA-256 over this entry and the hash before.
    #[sea_orm(column_type = "Text")]
    pub hash: String,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
