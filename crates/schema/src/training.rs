//! Table `training`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `training`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "training")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What people quote, e.g. T2026-000123.
    #[sea_orm(column_type = "Text")]
    pub number: String,
    /// Host; exactly one of the two hosts.
    pub host_association: Option<Uuid>,
    /// Host, when external.
    pub host_organizer: Option<Uuid>,
    /// Prefecture of the host; none for the national association.
    pub host_prefecture: Option<i32>,
    /// Name of the host at drafting, as printed.
    #[sea_orm(column_type = "Text")]
    pub host_name: String,
    /// Main scheme; credit lines may add others.
    #[sea_orm(column_type = "Text")]
    pub scheme: String,
    /// Title.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// What it is about, for physicians.
    #[sea_orm(column_type = "Text")]
    pub summary: String,
    /// Folded title, summary, venue and lecturers for search.
    #[sea_orm(column_type = "Text")]
    pub search_key: String,
    /// See docs/flows/training_approval.md.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// The association whose turn it is.
    pub desk: Option<Uuid>,
    /// Since when.
    pub waiting_since: Option<DateTime<Utc>>,
    /// venue, web or hybrid.
    #[sea_orm(column_type = "Text")]
    pub mode: String,
    /// Name of the venue.
    #[sea_orm(column_type = "Text")]
    pub venue: String,
    /// Address of the venue.
    #[sea_orm(column_type = "Text")]
    pub venue_address: String,
    /// Where it takes place.
    pub prefecture: i32,
    /// First session's start.
    pub starts_at: DateTime<Utc>,
    /// Last session's end.
    pub ends_at: DateTime<Utc>,
    /// Civil day of the start.
    pub held_on: NaiveDate,
    /// Signup opens.
    pub recruits_from: DateTime<Utc>,
    /// Signup and cancelling end.
    pub recruits_until: DateTime<Utc>,
    /// Seats.
    pub capacity: i32,
    /// Yen.
    pub fee_member: i64,
    /// Yen.
    pub fee_non_member: i64,
    /// Where to ask.
    #[sea_orm(column_type = "Text")]
    pub contact: String,
    /// For whom.
    #[sea_orm(column_type = "Text")]
    pub audience: String,
    /// Remarks for the deciding offices.
    #[sea_orm(column_type = "Text")]
    pub note_to_approver: String,
    /// Attachment.
    pub flyer: Option<Uuid>,
    /// What it gives: |scheme/course/category| items, for search.
    #[sea_orm(column_type = "Text")]
    pub offers: String,
    /// National approval; its fiscal year decides the case.
    pub approved_on: Option<NaiveDate>,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
    /// Account.
    pub created_by: Option<Uuid>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
