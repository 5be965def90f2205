//! Recording a step.

use super::On;
use crate::cx::{Cx, Tx};
use crate::error::Result;
use mamis_rules::base::{AssociationId, BatchId};
use mamis_schema::decision;
use sea_orm::ActiveModelTrait;
use uuid::Uuid;

/// One step of a workflow, to be recorded.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// About what.
    pub on: On,
    /// Name of the command.
    pub command: &'static str,
    /// Name of the state before.
    pub from: &'static str,
    /// Name of the state after.
    pub to: &'static str,
    /// The association that decided; none for applicants and hosts outside the tiers.
    pub association: Option<AssociationId>,
    /// Reason or remark.
    pub comment: &'a str,
    /// The batch it came with.
    pub batch: Option<BatchId>,
}

/// Writes the row.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn record<'a>(cx: &'a Cx, tx: &'a Tx<'_>, step: Step<'a>) -> Result<()> {
    let (application, training) = match step.on {
        On::Application(id) => (Some(Uuid::from(id)), None),
        On::Training(id) => (None, Some(Uuid::from(id))),
    };
    let row = decision::Model {
        id: Uuid::now_v7(),
        application,
        training,
        command: step.command.to_owned(),
        from_state: step.from.to_owned(),
        to_state: step.to.to_owned(),
        association: step.association.map(Into::into),
        account: cx.who.account.map(Into::into),
        by_name: cx.who.name.clone(),
        comment: step.comment.to_owned(),
        batch: step.batch.map(Into::into),
        decided_at: cx.now,
    };
    decision::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok(())
}
