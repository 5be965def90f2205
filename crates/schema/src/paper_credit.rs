//! Table `paper_credit`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `paper_credit`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "paper_credit")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who declares it.
    pub physician: Uuid,
    /// Scheme.
    #[sea_orm(column_type = "Text")]
    pub scheme: String,
    /// basic or lifelong.
    #[sea_orm(column_type = "Text")]
    pub course: String,
    /// E.g. 専門.
    #[sea_orm(column_type = "Text")]
    pub category: String,
    /// E.g. 総論; empty where none.
    #[sea_orm(column_type = "Text")]
    pub item: String,
    /// 1/100 credit.
    pub amount: i64,
    /// Up to 2025-03-31.
    pub earned_on: NaiveDate,
    /// Who held the training.
    #[sea_orm(column_type = "Text")]
    pub host_name: String,
    /// Title.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// Unique within the scheme.
    #[sea_orm(column_type = "Text", nullable)]
    pub sticker_number: Option<String>,
    /// Attachment.
    pub photo: Option<Uuid>,
    /// declared, confirmed or refused.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// Account of the officer who compared it with the original.
    pub decided_by: Option<Uuid>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// Why refused.
    #[sea_orm(column_type = "Text")]
    pub comment: String,
    /// The officer who entered it on behalf; empty for the physician.
    #[sea_orm(column_type = "Text")]
    pub entered_by: String,
    /// When it was declared.
    pub created_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
