//! Questions about attendance certificates made for everybody at a training.

use super::attendance_certificate::{Whom, attended, count_good, not_yet};
use crate::cx::Cx;
use crate::error::Result;
use crate::training::{Standing, standing};
use mamis_rules::access;
use mamis_rules::base::TrainingId;
use mamis_rules::document::RunState;
use mamis_schema::document_run;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Runs shown of a training.
const SHOWN: u64 = 5;

/// The page of a host about the certificates of a training.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The training.
    pub standing: Standing,
    /// Everybody who can have one.
    pub people: usize,
    /// Certificates that are good.
    pub issued: u64,
    /// Why there are none yet; none when there can be.
    pub not_yet: Option<&'static str>,
    /// The last runs, the newest first.
    pub runs: Vec<document_run::Model>,
}

/// What a host sees.
///
/// # Errors
/// [`crate::Error::NotFound`], or a refusal for anybody but the host.
#[crate::boxed]
pub async fn show(cx: &Cx, id: TrainingId) -> Result<Shown> {
    let standing = standing::load(cx, cx.db(), id).await?;
    access::attendance::may_download_certificate(&cx.actor, &standing.attendance_facts())?;
    let not_yet = not_yet(&standing, cx.now);
    let people = match not_yet {
        None => attended(cx.db(), &standing, Whom::Everybody).await?.len(),
        Some(_) => 0,
    };
    Ok(Shown {
        people,
        issued: count_good(cx.db(), standing.row.id).await?,
        runs: of_training(cx.db(), standing.row.id).await?,
        not_yet,
        standing,
    })
}

/// The last runs of a training, the newest first.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn of_training(
    db: &impl ConnectionTrait,
    training: Uuid,
) -> Result<Vec<document_run::Model>> {
    Ok(document_run::Entity::find()
        .filter(document_run::Column::Training.eq(training))
        .order_by_desc(document_run::Column::CreatedAt)
        .order_by_desc(document_run::Column::Id)
        .limit(SHOWN)
        .all(db)
        .await?)
}

/// Whether the job has not finished it.
pub fn is_running(row: &document_run::Model) -> bool {
    row.state == RunState::Making.name()
}

/// Who of a run has none, with the reason.
pub fn problems(row: &document_run::Model) -> Vec<(String, String)> {
    serde_json::from_str(&row.problems).unwrap_or_default()
}
