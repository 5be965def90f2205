//! Table `document`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `document`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// certificate, notice_letter, board_packet, attendance_certificate or holding_report.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// Number printed on it.
    #[sea_orm(column_type = "Text")]
    pub number: String,
    /// Whom it is about.
    pub physician: Option<Uuid>,
    /// For certificates.
    pub certification: Option<Uuid>,
    /// Association or organizer that issued it.
    pub issuer: Uuid,
    /// To whom it is addressed.
    pub association: Option<Uuid>,
    /// For packets and letters.
    pub batch: Option<Uuid>,
    /// For reports and attendance certificates.
    pub training: Option<Uuid>,
    /// Last part of the public address.
    #[sea_orm(column_type = "Text", nullable)]
    pub verification_code: Option<String>,
    /// JSON of what is printed: the document can be made again to the byte.
    #[sea_orm(column_type = "Text")]
    pub data: String,
    /// Which template.
    #[sea_orm(column_type = "Text")]
    pub template_version: String,
    /// Where the file store keeps it, once made.
    #[sea_orm(column_type = "Text", nullable)]
    pub file_key: Option<String>,
    /// Of the file.
    #[sea_orm(column_type = "Text", nullable)]
    pub sha256: Option<String>,
    /// Date printed.
    pub issued_on: NaiveDate,
    /// Account; none for the system.
    pub issued_by: Option<Uuid>,
    /// The one it replaces.
    pub reissue_of: Option<Uuid>,
    /// When it stopped being good.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
