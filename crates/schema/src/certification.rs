//! Table `certification`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `certification`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certification")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Scheme.
    #[sea_orm(column_type = "Text")]
    pub scheme: String,
    /// Unique within the scheme; a renewal keeps it.
    #[sea_orm(column_type = "Text")]
    pub number: String,
    /// Holder.
    pub physician: Uuid,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    pub valid_until: NaiveDate,
    /// The period before; never rewritten.
    pub previous: Option<Uuid>,
    /// First day without the title, once it is lost.
    pub ended_on: Option<NaiveDate>,
    /// declined, not_renewed, revoked or died.
    #[sea_orm(column_type = "Text", nullable)]
    pub ended_as: Option<String>,
    /// Why, in words.
    #[sea_orm(column_type = "Text", nullable)]
    pub ended_reason: Option<String>,
    /// What it was granted on.
    pub application: Option<Uuid>,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
