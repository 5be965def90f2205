//! Table `special_measure`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `special_measure`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "special_measure")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// E.g. covid19.
    #[sea_orm(column_type = "Text")]
    pub code: String,
    /// Scheme.
    #[sea_orm(column_type = "Text")]
    pub scheme: String,
    /// Certificates that ended from this day
    pub expired_from: NaiveDate,
    /// to this day
    pub expired_until: NaiveDate,
    /// may be renewed until this day.
    pub extended_until: NaiveDate,
    /// Why, as shown to people.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
