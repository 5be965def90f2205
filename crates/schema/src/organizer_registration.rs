//! Table `organizer_registration`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `organizer_registration`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organizer_registration")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name of the organizer.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Reading in katakana.
    #[sea_orm(column_type = "Text")]
    pub kana: String,
    /// JIS X 0401 code of the seat; that prefectural association decides.
    pub prefecture: i32,
    /// Seat.
    #[sea_orm(column_type = "Text")]
    pub address: String,
    /// Phone.
    #[sea_orm(column_type = "Text")]
    pub phone: String,
    /// Which trainings it means to hold.
    #[sea_orm(column_type = "Text")]
    pub purpose: String,
    /// Who asks, and becomes its first officer.
    #[sea_orm(column_type = "Text")]
    pub contact_name: String,
    /// Reading in katakana.
    #[sea_orm(column_type = "Text")]
    pub contact_kana: String,
    /// Their address; nobody sees the registration before it is proved.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// SHA-256 of the value in the link that proves it.
    #[sea_orm(column_type = "Text")]
    pub token_hash: String,
    /// Until when the link works.
    pub expires_at: DateTime<Utc>,
    /// When the address was proved.
    pub verified_at: Option<DateTime<Utc>>,
    /// unverified, waiting, approved or rejected.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// Of a rejection; remark of an approval.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// Who decided, with the office.
    #[sea_orm(column_type = "Text")]
    pub decided_by: String,
    /// What it became.
    pub organizer: Option<Uuid>,
    /// When it was sent.
    pub created_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
