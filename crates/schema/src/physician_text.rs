//! Table `physician_text`.

use sea_orm::entity::prelude::*;

/// One row of `physician_text`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "physician_text")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub physician: Uuid,
    /// Low 62 bits of the id: the row of the index on SQLite.
    pub serial: i64,
    /// Folded name and reading: what every list shows.
    #[sea_orm(column_type = "Text")]
    pub shown: String,
    /// Folded mail address.
    #[sea_orm(column_type = "Text")]
    pub contact: String,
    /// Registry number and member id.
    #[sea_orm(column_type = "Text")]
    pub identity: String,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
