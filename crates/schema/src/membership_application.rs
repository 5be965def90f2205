//! Table `membership_application`.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

/// One row of `membership_application`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "membership_application")]
pub struct Model {
    /// The frame: number, state, desk, decisions.
    #[sea_orm(primary_key, auto_increment = false)]
    pub application: Uuid,
    /// joining: up to which tier; empty for the rest.
    #[sea_orm(column_type = "Text")]
    pub target_tier: String,
    /// joining, transfer: the lowest association entered.
    pub association: Option<Uuid>,
    /// everything, upper or national; empty for the rest.
    #[sea_orm(column_type = "Text")]
    pub leaving_scope: String,
    /// own, death, licence_lost or residency_end.
    #[sea_orm(column_type = "Text")]
    pub cause: String,
    /// JSON {tier: category} wanted.
    #[sea_orm(column_type = "Text")]
    pub categories: String,
    /// Wanted day, then the day that the offices set; for a leaving the last day. None while not typed.
    pub effective_on: Option<NaiveDate>,
    /// JSON of the new main workplace; empty for none.
    #[sea_orm(column_type = "Text")]
    pub workplace: String,
    /// JSON {field: {before, after}} of a change report.
    #[sea_orm(column_type = "Text")]
    pub changes: String,
    /// A draft that the system laid ready; until when it is offered.
    pub proposed_until: Option<NaiveDate>,
}

/// Joins are written where the question is asked; the entity declares none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
