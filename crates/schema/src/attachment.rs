//! Table `attachment`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `attachment`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attachment")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose data it is.
    pub physician: Option<Uuid>,
    /// Belongs to this application, or
    pub application: Option<Uuid>,
    /// to this training, or to a paper credit line.
    pub training: Option<Uuid>,
    /// Goes with this notice.
    pub notice: Option<Uuid>,
    /// photo, flyer, completion_certificate, licence, fee_slip or other.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// As uploaded.
    #[sea_orm(column_type = "Text")]
    pub file_name: String,
    /// Where the file store keeps it.
    #[sea_orm(column_type = "Text")]
    pub file_key: String,
    /// By content, not by name.
    #[sea_orm(column_type = "Text")]
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// Of the content.
    #[sea_orm(column_type = "Text")]
    pub sha256: String,
    /// Account.
    pub uploaded_by: Uuid,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
