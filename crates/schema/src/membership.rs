//! Table `membership`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `membership`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "membership")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The member.
    pub physician: Uuid,
    /// The body.
    pub association: Uuid,
    /// Tier of the body.
    #[sea_orm(column_type = "Text")]
    pub tier: String,
    /// a1, a2b, a2c, b or c.
    #[sea_orm(column_type = "Text")]
    pub category: String,
    /// First day of the period.
    pub valid_from: NaiveDate,
    /// Last day; none while it runs.
    pub valid_until: Option<NaiveDate>,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
    /// joining, transfer, category or undo; empty for what was there before MAMIS.
    #[sea_orm(column_type = "Text")]
    pub cause: String,
    /// Application that began the period.
    pub opened_by: Option<Uuid>,
    /// Application that ended it.
    pub closed_by: Option<Uuid>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
