//! Table `round`.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

/// One row of `round`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "round")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose window.
    pub association: Uuid,
    /// Scheme.
    #[sea_orm(column_type = "Text")]
    pub scheme: String,
    /// Fiscal year.
    pub fiscal_year: i32,
    /// 1..=6.
    pub number: i32,
    /// First day, when known.
    pub opens_on: Option<NaiveDate>,
    /// Last day.
    pub closes_on: NaiveDate,
    /// Day of the board.
    pub board_on: Option<NaiveDate>,
    /// How sure the date is.
    #[sea_orm(column_type = "Text")]
    pub provenance: String,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
