//! Table `association_ancestor`.

use sea_orm::entity::prelude::*;

/// One row of `association_ancestor`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "association_ancestor")]
pub struct Model {
    /// The body below.
    #[sea_orm(primary_key, auto_increment = false)]
    pub association: Uuid,
    /// Itself or a body above.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ancestor: Uuid,
    /// 0 for itself.
    pub depth: i32,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
