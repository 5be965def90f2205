//! Table `association_import`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `association_import`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "association_import")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// For which office it was checked.
    pub association: Uuid,
    /// As uploaded.
    #[sea_orm(column_type = "Text")]
    pub file_name: String,
    /// Of the file.
    #[sea_orm(column_type = "Text")]
    pub sha256: String,
    /// JSON of what each line says and would do.
    #[sea_orm(column_type = "Text")]
    pub lines: String,
    /// checked or done.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// Who had it checked.
    #[sea_orm(column_type = "Text")]
    pub by_name: String,
    /// Account.
    pub account: Uuid,
    /// When it was checked.
    pub created_at: DateTime<Utc>,
    /// When it was carried out.
    pub done_at: Option<DateTime<Utc>>,
    /// Optimistic lock.
    pub version: i64,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
