//! Table `application_step`.

use sea_orm::entity::prelude::*;

/// One row of `application_step`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "application_step")]
pub struct Model {
    /// Of which application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub application: Uuid,
    /// Order, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// Who.
    pub association: Uuid,
    /// Its tier.
    #[sea_orm(column_type = "Text")]
    pub tier: String,
    /// First act of the association, e.g. receive, confirm or approve; inform for one that only reads along.
    #[sea_orm(column_type = "Text")]
    pub act: String,
    /// former for the association that is left by a transfer.
    #[sea_orm(column_type = "Text")]
    pub side: String,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
