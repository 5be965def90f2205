//! Table `training_session`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `training_session`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "training_session")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which training.
    pub training: Uuid,
    /// Order on the programme, from 0.
    pub position: i32,
    /// Title of the talk.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// Who speaks.
    #[sea_orm(column_type = "Text")]
    pub lecturer: String,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
