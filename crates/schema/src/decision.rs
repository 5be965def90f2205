//! Table `decision`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One row of `decision`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "decision")]
pub struct Model {
    /// Identifier, made by the application.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// On which application, or
    pub application: Option<Uuid>,
    /// on which training.
    pub training: Option<Uuid>,
    /// The command of the flow, e.g. approve.
    #[sea_orm(column_type = "Text")]
    pub command: String,
    /// State before.
    #[sea_orm(column_type = "Text")]
    pub from_state: String,
    /// State after.
    #[sea_orm(column_type = "Text")]
    pub to_state: String,
    /// For which association; none for the applicant.
    pub association: Option<Uuid>,
    /// Who; none for the system.
    pub account: Option<Uuid>,
    /// The name shown.
    #[sea_orm(column_type = "Text")]
    pub by_name: String,
    /// Reason or remark.
    #[sea_orm(column_type = "Text")]
    pub comment: String,
    /// With which batch.
    pub batch: Option<Uuid>,
    /// When.
    pub decided_at: DateTime<Utc>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
