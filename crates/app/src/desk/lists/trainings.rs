//! What an office has to do with trainings: its own and those it decides about.

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::training::search::{Shelf, shelf_of};
use mamis_rules::base::{Day, TrainingId};
use mamis_rules::flow::training_approval::State;
use mamis_schema::training::Column as T;
use sea_orm::{ColumnTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Trainings shown one by one on the desk; the list of trainings has the rest.
const SHOWN: u64 = 10;

/// The trainings of one state that wait for an office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// The state; [`State::Approved`] means that the day is over and credits are to be entered.
    pub state: State,
    /// How many.
    pub count: u64,
    /// Since when the oldest of them waits.
    pub oldest: Option<Day>,
}

impl Work {
    /// Whether it is a decision about somebody's training, and no task of the host.
    pub fn is_decision(&self) -> bool {
        DECIDED.contains(&self.state)
    }
}

const DECIDED: [State; 4] =
    [State::PrefecturalReview, State::NationalReview, State::Reported, State::ReportConfirmed];

/// What the host has to go on with, but for the entry of credits, which begins when the training is over.
const CONTINUED: [State; 4] = [State::Returned, State::CreditsReleased, State::Postponed, State::Draft];

/// A training on the desk: one that waits for a decision, or one that is held today.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Waiting {
    /// The training.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Name of the host.
    pub host_name: String,
    /// State in the table.
    pub state: String,
    /// The day it takes place.
    pub held_on: chrono::NaiveDate,
    /// Since when it waits.
    pub waiting_since: Option<chrono::DateTime<chrono::Utc>>,
}

impl Waiting {
    /// The id for rules and addresses.
    pub fn training(&self) -> TrainingId {
        self.id.into()
    }

    /// What is to be done, in a few words.
    pub fn task(&self) -> &'static str {
        match self.state.parse() {
            Ok(State::Reported | State::ReportConfirmed) => "開催報告の確認",
            _ => "研修会の承認",
        }
    }
}

/// The work by kind: decisions first, then what the host goes on with, in the order of the way.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn work(cx: &Cx) -> Result<Vec<Work>> {
    let decisions = by_state(cx, Shelf::ToDecide, &DECIDED).await?;
    let (count, oldest): (i64, Option<chrono::NaiveDate>) = shelf_of(cx, &Shelf::Own)
        .filter(T::State.eq(State::Approved.name()))
        .filter(T::EndsAt.lt(cx.now))
        .select_only()
        .column_as(T::Id.count(), "count")
        .column_as(T::HeldOn.min(), "oldest")
        .into_tuple()
        .one(cx.db())
        .await?
        .unwrap_or_default();
    let held = Work {
        state: State::Approved,
        count: u64::try_from(count).map_err(Error::fault)?,
        oldest: oldest.map(Day::from),
    };
    let continued = by_state(cx, Shelf::Own, &CONTINUED).await?;
    let all = decisions.into_iter().chain([held]).chain(continued);
    Ok(all.filter(|work| work.count > 0).collect())
}

async fn by_state(cx: &Cx, shelf: Shelf, states: &[State]) -> Result<Vec<Work>> {
    let rows: Vec<(String, i64, Option<chrono::DateTime<chrono::Utc>>)> = shelf_of(cx, &shelf)
        .filter(T::State.is_in(states.iter().map(|state| state.name())))
        .select_only()
        .column(T::State)
        .column_as(T::Id.count(), "count")
        .column_as(T::WaitingSince.min(), "oldest")
        .group_by(T::State)
        .into_tuple()
        .all(cx.db())
        .await?;
    let work = |state: &State| {
        let row = rows.iter().find(|row| row.0 == state.name())?;
        let count = u64::try_from(row.1).ok()?;
        Some(Work { state: *state, count, oldest: row.2.map(Day::of) })
    };
    Ok(states.iter().filter_map(work).collect())
}

/// The trainings that the actor's offices hold today, the first hour first.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn today(cx: &Cx) -> Result<Vec<Waiting>> {
    Ok(shelf_of(cx, &Shelf::Own)
        .filter(T::State.eq(State::Approved.name()))
        .filter(T::HeldOn.eq(cx.today().date()))
        .select_only()
        .columns([T::Id, T::Number, T::Title, T::HostName, T::State, T::HeldOn, T::WaitingSince])
        .order_by_asc(T::StartsAt)
        .order_by_asc(T::Id)
        .limit(SHOWN)
        .into_model()
        .all(cx.db())
        .await?)
}

/// The trainings and reports to decide about, those that wait longest first.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn waiting(cx: &Cx) -> Result<Vec<Waiting>> {
    Ok(shelf_of(cx, &Shelf::ToDecide)
        .select_only()
        .columns([T::Id, T::Number, T::Title, T::HostName, T::State, T::HeldOn, T::WaitingSince])
        .order_by_asc(T::WaitingSince)
        .order_by_asc(T::Id)
        .limit(SHOWN)
        .into_model()
        .all(cx.db())
        .await?)
}
