//! Table `duty`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `duty`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "duty")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who.
    pub officer: Uuid,
    /// Where; exactly one of association and organizer.
    pub association: Option<Uuid>,
    /// Where, for external organizers.
    pub organizer: Option<Uuid>,
    /// membership, training, certification, dues or administration.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    pub valid_until: Option<NaiveDate>,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
    /// Stands in for this officer, from a day to a day.
    pub deputy_of: Option<Uuid>,
    /// Who entered it, with the office.
    #[sea_orm(column_type = "Text")]
    pub appointed_by: String,
    /// Who set the last day, with the office.
    #[sea_orm(column_type = "Text")]
    pub ended_by: String,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
