//! Table `training_draft`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `training_draft`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "training_draft")]
pub struct Model {
    /// What is being edited.
    #[sea_orm(primary_key, auto_increment = false)]
    pub training: Uuid,
    /// By whom; each officer's typing stays apart.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account: Uuid,
    /// JSON of the form as typed, so that nothing typed is lost.
    #[sea_orm(column_type = "Text")]
    pub fields: String,
    /// Version of the training it was typed over; an older one is not offered again.
    pub training_version: i64,
    /// When.
    pub saved_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
