//! Table `terms_consent`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `terms_consent`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "terms_consent")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who agreed.
    pub account: Uuid,
    /// To which text.
    #[sea_orm(column_type = "Text")]
    pub terms_version: String,
    /// When.
    pub agreed_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
