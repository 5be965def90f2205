//! Table `saved_search`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `saved_search`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_search")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who keeps it.
    pub account: Uuid,
    /// The office that shares it; none for its keeper alone.
    pub association: Option<Uuid>,
    /// What people call it.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The question as it stands in the address.
    #[sea_orm(column_type = "Text")]
    pub query: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
