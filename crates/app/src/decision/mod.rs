//! Decisions: one append-only row for each step of a workflow, and the sentence for whoever came second.

use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use chrono::{DateTime, FixedOffset, Utc};
use mamis_rules::base::{ApplicationId, AssociationId, BatchId, Day, TrainingId};
use mamis_schema::decision;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// What a decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// An application of a physician.
    Application(ApplicationId),
    /// A training.
    Training(TrainingId),
}

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
pub async fn record(cx: &Cx, tx: &Tx<'_>, step: Step<'_>) -> Result<()> {
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

/// The decisions on a thing, oldest first, at most 200.
///
/// # Errors
/// A fault of the database.
pub async fn history(db: &impl ConnectionTrait, on: On) -> Result<Vec<decision::Model>> {
    use sea_orm::QuerySelect;
    Ok(decision::Entity::find()
        .filter(filter(on))
        .order_by_asc(decision::Column::DecidedAt)
        .order_by_asc(decision::Column::Id)
        .limit(200)
        .all(db)
        .await?)
}

/// The error for whoever was second, with what the first one did.
///
/// # Errors
/// None; a fault of the database becomes the returned error.
pub async fn stale(db: &impl ConnectionTrait, on: On, label: impl Fn(&str) -> String) -> Error {
    let latest = decision::Entity::find()
        .filter(filter(on))
        .order_by_desc(decision::Column::DecidedAt)
        .order_by_desc(decision::Column::Id)
        .one(db)
        .await;
    match latest {
        Err(error) => error.into(),
        Ok(None) => Error::Stale("ほかの人が先に変更しました。".to_owned()),
        Ok(Some(row)) => Error::Stale(format!(
            "{}さんが{}に「{}」をしました。",
            row.by_name,
            at(row.decided_at),
            label(&row.command)
        )),
    }
}

fn filter(on: On) -> sea_orm::Condition {
    let condition = sea_orm::Condition::all();
    match on {
        On::Application(id) => condition.add(decision::Column::Application.eq(Uuid::from(id))),
        On::Training(id) => condition.add(decision::Column::Training.eq(Uuid::from(id))),
    }
}

/// An instant as people in Japan read it: 2026年11月22日（令和8年）14:05.
pub fn at(instant: DateTime<Utc>) -> String {
    format!("{} {}", Day::of(instant).japanese(), clock_time(instant))
}

/// The time of day in Japan, e.g. 14:05.
pub fn clock_time(instant: DateTime<Utc>) -> String {
    let japan = FixedOffset::east_opt(9 * 3600).expect("nine hours is a valid offset");
    instant.with_timezone(&japan).format("%H:%M").to_string()
}
