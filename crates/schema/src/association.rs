//! Table `association`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `association`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "association")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Number people use for the body, e.g. 13 or 131016.
    #[sea_orm(column_type = "Text")]
    pub code: String,
    /// national, prefectural, municipal or district.
    #[sea_orm(column_type = "Text")]
    pub tier: String,
    /// Full name as printed.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Reading in katakana.
    #[sea_orm(column_type = "Text")]
    pub kana: String,
    /// The body above; none for the national association.
    pub parent: Option<Uuid>,
    /// JIS X 0401 code 1..=47; none for the national association.
    pub prefecture: Option<i32>,
    /// general or university.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// True for made-up rows of the demo; shown as such.
    pub synthetic: bool,
    /// Contact printed for physicians.
    #[sea_orm(column_type = "Text", nullable)]
    pub email: Option<String>,
    /// Contact printed for physicians.
    #[sea_orm(column_type = "Text", nullable)]
    pub phone: Option<String>,
    /// Name printed on letters.
    #[sea_orm(column_type = "Text", nullable)]
    pub president: Option<String>,
    /// First day of existence.
    pub opened_on: NaiveDate,
    /// Last day of existence.
    pub closed_on: Option<NaiveDate>,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
    /// Optimistic lock.
    pub version: i64,
    /// Seven digits.
    #[sea_orm(column_type = "Text", nullable)]
    pub postal_code: Option<String>,
    /// Address of the office.
    #[sea_orm(column_type = "Text", nullable)]
    pub address: Option<String>,
    /// Public page.
    #[sea_orm(column_type = "Text", nullable)]
    pub website: Option<String>,
    /// As printed, e.g. 平日 9:00〜17:00.
    #[sea_orm(column_type = "Text")]
    pub office_hours: String,
    /// Account for fees as printed; empty for none.
    #[sea_orm(column_type = "Text")]
    pub bank: String,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
