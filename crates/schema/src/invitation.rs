//! Table `invitation`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `invitation`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Where; exactly one of association and organizer.
    pub association: Option<Uuid>,
    /// Where.
    pub organizer: Option<Uuid>,
    /// Of the invited person.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Katakana.
    #[sea_orm(column_type = "Text")]
    pub kana: String,
    /// Where the link went.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// JSON list of duty names.
    #[sea_orm(column_type = "Text")]
    pub duties: String,
    /// First day of the duties.
    pub valid_from: NaiveDate,
    /// Last day.
    pub valid_until: Option<NaiveDate>,
    /// SHA-256 of the value in the link.
    #[sea_orm(column_type = "Text")]
    pub token_hash: String,
    /// The link stops working then.
    pub expires_at: DateTime<Utc>,
    /// Who, with the office.
    #[sea_orm(column_type = "Text")]
    pub invited_by: String,
    /// Who came of it.
    pub officer: Option<Uuid>,
    /// When.
    pub accepted_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was sent.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
