//! Table `registration`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `registration`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "registration")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What people quote, N2026-0001; given when the link is opened.
    #[sea_orm(column_type = "Text", nullable)]
    pub number: Option<String>,
    /// new or claim.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// draft, started, checking, confirmed, refused or claimed.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// To be proved by the link.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// SHA-256 of the value in the link.
    #[sea_orm(column_type = "Text")]
    pub token_hash: String,
    /// JSON of what was typed; emptied when the link is opened.
    #[sea_orm(column_type = "Text")]
    pub data: String,
    /// Made of it, or claimed.
    pub physician: Option<Uuid>,
    /// The prefectural association of the workplace, which compares the licence.
    pub desk: Option<Uuid>,
    /// Picture of the licence, once the person is in the register.
    pub licence: Option<Uuid>,
    /// Where the store keeps it before.
    #[sea_orm(column_type = "Text", nullable)]
    pub licence_key: Option<String>,
    /// As uploaded.
    #[sea_orm(column_type = "Text")]
    pub licence_name: String,
    /// Media type by content.
    #[sea_orm(column_type = "Text")]
    pub licence_type: String,
    /// Of the office, to the person.
    #[sea_orm(column_type = "Text")]
    pub comment: String,
    /// Who compared, and for which office.
    #[sea_orm(column_type = "Text")]
    pub decided_by: String,
    /// When.
    pub decided_on: Option<NaiveDate>,
    /// The link stops working then, and the row goes.
    pub expires_at: DateTime<Utc>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
