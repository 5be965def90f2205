//! Table `head_count`.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

/// One row of `head_count`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "head_count")]
pub struct Model {
    /// Members whose lowest association is this one or lies below it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub association: Uuid,
    /// First day of a month.
    #[sea_orm(primary_key, auto_increment = false)]
    pub counted_on: NaiveDate,
    /// a1, a2b, a2c, b or c.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub category: String,
    /// male, female or unknown.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub sex: String,
    /// under_30, 30s … 70s, 80_up.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub age_band: String,
    /// Members, in this category, of a district association.
    pub district: i32,
    /// Of a municipal association.
    pub municipal: i32,
    /// Of a prefectural association.
    pub prefectural: i32,
    /// Of the national association.
    pub national: i32,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
