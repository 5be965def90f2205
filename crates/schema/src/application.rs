//! Table `application`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `application`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "application")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What people quote; given at submission.
    #[sea_orm(column_type = "Text", nullable)]
    pub number: Option<String>,
    /// certification.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// Scheme.
    #[sea_orm(column_type = "Text")]
    pub scheme: String,
    /// initial or renewal.
    #[sea_orm(column_type = "Text")]
    pub certification_kind: String,
    /// For whom.
    pub physician: Uuid,
    /// Who typed it.
    pub applicant: Uuid,
    /// Why an officer applied for the physician.
    #[sea_orm(column_type = "Text", nullable)]
    pub on_behalf_reason: Option<String>,
    /// See docs/flows/certification.md.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// The association whose turn it is.
    pub desk: Option<Uuid>,
    /// Since when.
    pub waiting_since: Option<DateTime<Utc>>,
    /// National round it is meant for.
    pub round: Option<Uuid>,
    /// When the decision is expected.
    pub expected_on: Option<NaiveDate>,
    /// The period to renew.
    pub certification: Option<Uuid>,
    /// Kind of waiver claimed, for an initial application.
    #[sea_orm(column_type = "Text", nullable)]
    pub waiver: Option<String>,
    /// Its date.
    pub waiver_on: Option<NaiveDate>,
    /// illness or abroad, for an application within the grace months.
    #[sea_orm(column_type = "Text", nullable)]
    pub grace_reason: Option<String>,
    /// What the physician wants to say.
    #[sea_orm(column_type = "Text")]
    pub remarks: String,
    /// counter, registered_mail or transfer.
    #[sea_orm(column_type = "Text")]
    pub fee_method: String,
    /// Registration fee in yen.
    pub fee: i64,
    /// Receipt by the office.
    pub fee_received_on: Option<NaiveDate>,
    /// Receipt number.
    #[sea_orm(column_type = "Text", nullable)]
    pub fee_receipt: Option<String>,
    /// Original received.
    pub handbook_received_on: Option<NaiveDate>,
    /// Original given back.
    pub handbook_returned_on: Option<NaiveDate>,
    /// JSON of the evaluation at submission.
    #[sea_orm(column_type = "Text", nullable)]
    pub evaluation: Option<String>,
    /// First submission.
    pub submitted_at: Option<DateTime<Utc>>,
    /// Last decision.
    pub decided_at: Option<DateTime<Utc>>,
    /// When the draft was begun.
    pub created_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
