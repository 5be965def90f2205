//! What pages show about one training.

pub mod overview;
pub mod search;
pub mod standing;

use crate::association::lists::names_of_hosts;
use crate::cx::Cx;
use crate::decision::{self, On};
use crate::error::{Error, Result};
use crate::training::draft::Draft;
use chrono::{DateTime, Utc};
use mamis_rules::access::{self, Duty};
use mamis_rules::association::Host;
use mamis_rules::base::TrainingId;
use mamis_schema::{decision as decision_table, seat_count, training_draft, training_session};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use standing::Standing;
use uuid::Uuid;

/// A training with everything its pages show.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Row, lines, state, route.
    pub standing: Standing,
    /// Programme in order.
    pub sessions: Vec<training_session::Model>,
    /// Seats; none before the first approval.
    pub seats: Option<seat_count::Model>,
}

impl Shown {
    /// Seats given.
    pub fn taken(&self) -> i32 {
        self.seats.as_ref().map_or(0, |seats| seats.taken)
    }

    /// The draft of the rows.
    ///
    /// # Errors
    /// A fault when a row holds a word that no rule knows.
    pub fn draft(&self) -> Result<Draft> {
        Draft::of(&self.standing.row, &self.sessions, &self.standing.lines)
    }
}

/// A training that the actor sees.
///
/// # Errors
/// [`Error::NotFound`] when there is none or the actor does not see it.
#[crate::boxed]
pub async fn show(cx: &Cx, id: TrainingId) -> Result<Shown> {
    let standing = standing::load(cx, cx.db(), id).await?;
    let sessions = training_session::Entity::find()
        .filter(training_session::Column::Training.eq(Uuid::from(id)))
        .order_by_asc(training_session::Column::Position)
        .limit(200)
        .all(cx.db())
        .await?;
    let seats = seat_count::Entity::find_by_id(Uuid::from(id)).one(cx.db()).await?;
    Ok(Shown { standing, sessions, seats })
}

/// Its decisions, oldest first. Only offices that may see the training before approval read them.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn history(cx: &Cx, id: TrainingId) -> Result<Vec<decision_table::Model>> {
    decision::history(cx.db(), On::Training(id)).await
}

/// Whether somebody is in charge of trainings at the association on whose desk it lies.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn has_officer(cx: &Cx, at: Host) -> Result<bool> {
    Ok(!crate::training::actions::letters::officers(cx, cx.db(), at).await?.is_empty())
}

/// What this officer typed over the present version and has not sent, with the time.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn autosaved(
    cx: &Cx,
    standing: &Standing,
) -> Result<Option<(Vec<(String, String)>, DateTime<Utc>)>> {
    let Some(account) = cx.who.account else { return Ok(None) };
    let row = training_draft::Entity::find_by_id((standing.row.id, Uuid::from(account))).one(cx.db()).await?;
    Ok(row
        .filter(|row| row.training_version == standing.row.version)
        .and_then(|row| Some((serde_json::from_str(&row.fields).ok()?, row.saved_at))))
}

/// Refuses who may not edit it, before the form is shown.
///
/// # Errors
/// A refusal.
pub fn may_edit(cx: &Cx, standing: &Standing) -> Result<()> {
    access::training::may_edit(&cx.actor, &standing.facts()).map_err(Error::from)
}

/// The offices for which the actor may make trainings, with their names.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn hosts(cx: &Cx) -> Result<Vec<(Host, String)>> {
    let held: Vec<Host> = cx
        .actor
        .duties()
        .iter()
        .filter(|held| held.duty == Duty::Training)
        .map(|held| held.at.host())
        .collect();
    let associations = held.iter().filter_map(|host| host.columns().0);
    let organizers = held.iter().filter_map(|host| host.columns().1);
    let names = names_of_hosts(cx.db(), associations, organizers).await?;
    let mut hosts: Vec<(Host, String)> = Vec::new();
    for host in held {
        if let Some(name) = names.get(&host.id()).filter(|_| hosts.iter().all(|(known, _)| *known != host)) {
            hosts.push((host, name.clone()));
        }
    }
    Ok(hosts)
}

#[doc(inline)]
pub use search::{Found, Gap, bookable};
