//! Table `association_category`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `association_category`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "association_category")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose category.
    pub association: Uuid,
    /// E.g. 正会員.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// a1, a2b, a2c, b or c: what it is at the national tier.
    #[sea_orm(column_type = "Text")]
    pub national: String,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day; none while it holds.
    pub valid_until: Option<NaiveDate>,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
