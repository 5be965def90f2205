//! Table `credit`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `credit`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Belongs to one person for ever.
    pub physician: Uuid,
    /// Scheme.
    #[sea_orm(column_type = "Text")]
    pub scheme: String,
    /// basic or lifelong; empty where none.
    #[sea_orm(column_type = "Text")]
    pub course: String,
    /// E.g. 更新.
    #[sea_orm(column_type = "Text")]
    pub category: String,
    /// E.g. 総論.
    #[sea_orm(column_type = "Text")]
    pub item: String,
    /// cme only.
    pub curriculum_code: Option<i32>,
    /// 1/100 credit.
    pub amount: i64,
    /// Civil day of the session.
    pub earned_on: NaiveDate,
    /// What it was earned with.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// Who held it.
    #[sea_orm(column_type = "Text")]
    pub host_name: String,
    /// training, elearning, journal or self_report.
    #[sea_orm(column_type = "Text")]
    pub source: String,
    /// Where it comes from.
    pub training: Option<Uuid>,
    /// Which line of the programme.
    pub credit_line: Option<Uuid>,
    /// released, confirmed or reversed; the newest credit_event says the same.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// When it was released.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
