//! Table `mail_text`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `mail_text`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_text")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which mail.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// From 1; the newest counts.
    pub version: i32,
    /// Subject; empty where the built-in text counts again.
    #[sea_orm(column_type = "Text")]
    pub subject: String,
    /// Body without the common end; empty where the built-in text counts again.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// Who saved it.
    #[sea_orm(column_type = "Text")]
    pub by_name: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When a letter last could not be made from it, and the built-in text went out.
    pub failed_at: Option<DateTime<Utc>>,
    /// Why.
    #[sea_orm(column_type = "Text")]
    pub failure: String,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
