//! Table `workplace`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `workplace`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workplace")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose workplace.
    pub physician: Uuid,
    /// Name of the workplace.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Seven digits.
    #[sea_orm(column_type = "Text", nullable)]
    pub postal_code: Option<String>,
    /// Address.
    #[sea_orm(column_type = "Text", nullable)]
    pub address: Option<String>,
    /// JIS X 0401 code; decides the desk of non-members.
    pub prefecture: i32,
    /// The one main workplace.
    pub main: bool,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    pub valid_until: Option<NaiveDate>,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
