//! Table `association_setting`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One row of `association_setting`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "association_setting")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose setting.
    pub association: Uuid,
    /// E.g. certification.cover_letter.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// As text; the reader knows the type.
    #[sea_orm(column_type = "Text")]
    pub value: String,
    /// The newest row not after today is in force.
    pub valid_from: NaiveDate,
    /// When the row was written.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
