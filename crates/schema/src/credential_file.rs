//! Table `credential_file`.

use sea_orm::entity::prelude::*;

/// One row of `credential_file`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credential_file")]
pub struct Model {
    /// Of which run.
    #[sea_orm(primary_key, auto_increment = false)]
    pub credential_run: Uuid,
    /// In postal order, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// Where the store keeps it; none once it was deleted.
    #[sea_orm(column_type = "Text", nullable)]
    pub file_key: Option<String>,
    /// Of the first card.
    #[sea_orm(column_type = "Text")]
    pub first_postal_code: String,
    /// Of the last card.
    #[sea_orm(column_type = "Text")]
    pub last_postal_code: String,
    /// How many.
    pub cards: i32,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
