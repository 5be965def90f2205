//! What a physician has signed up for.

use crate::cx::Cx;
use crate::db::asked;
use crate::error::{Error, Result};
use crate::training::{Standing, standing};
use chrono::{DateTime, Utc};
use mamis_rules::access;
use mamis_rules::base::{Day, PhysicianId, SignupId, TrainingId, full_name};
use mamis_rules::signup::Overlap;
use mamis_rules::signup::state::State;
use mamis_schema::{physician, signup, training};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, FromQueryResult, QueryFilter, Statement,
};
use serde::Deserialize;
use uuid::Uuid;

/// A training ahead, with its seat; in the order of [`seats`].
#[derive(Clone, Debug, Deserialize)]
pub struct UpcomingSignup {
    /// The signup: its ticket is at `/my/tickets/{id}`.
    pub id: Uuid,
    /// The training.
    pub training: Uuid,
    /// The offer of a seat that waits for an answer.
    pub offer: Option<Uuid>,
    /// What people quote.
    pub number: String,
    /// Title.
    pub title: String,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// Name of the venue.
    pub venue: String,
    /// venue, web or hybrid.
    pub mode: String,
    /// Who holds it.
    pub host_name: String,
    /// State of the training: approved, postponed and so on.
    pub training_state: String,
    /// Until when it can be given back.
    pub recruits_until: DateTime<Utc>,
    /// Order of arrival; 0 without a seat.
    pub order_number: i64,
    /// waiting, offered or confirmed.
    pub state: String,
    /// Until when an offered seat is held.
    pub offered_until: Option<DateTime<Utc>>,
}

impl UpcomingSignup {
    /// Whether there is a seat of one's own.
    pub fn is_confirmed(&self) -> bool {
        self.state == State::Confirmed.name()
    }

    /// Whether it is held today.
    pub fn is_on(&self, today: Day) -> bool {
        Day::of(self.starts_at) <= today && today <= Day::of(self.ends_at)
    }
}

const SEAT: &[&str] = &[
    "number",
    "title",
    "starts_at",
    "ends_at",
    "venue",
    "mode",
    "host_name",
    "training_state",
    "recruits_until",
    "order_number",
    "state",
    "offered_until",
];

/// The seats of a physician in trainings of today and later, and the places on waiting lists, the nearest first, at most
/// 50, to be asked for together with other lists. One that has just ended stays: leaving is recorded with the ticket too.
pub(crate) fn seats(backend: DatabaseBackend) -> String {
    asked::list(
        backend,
        &["id", "training", "offer"],
        SEAT,
        "select s.id, s.training, o.id as offer, t.number, t.title, t.starts_at, t.ends_at, t.venue, t.mode,
                t.host_name, t.state as training_state, t.recruits_until, s.order_number, s.state,
                o.expires_at as offered_until
           from signup s join training t on t.id = s.training
           left join waiting_offer o on o.signup = s.id and o.state = 'open'
          where s.physician = $1 and s.state in ('confirmed', 'waiting', 'offered') and s.ends_at > $3
          order by t.starts_at, s.id limit 50",
    )
}

/// Reads what [`seats`] asked for.
///
/// # Errors
/// A fault of the row.
pub(crate) fn read_seats(json: &str) -> Result<Vec<UpcomingSignup>> {
    let mut seats: Vec<UpcomingSignup> = serde_json::from_str(json)?;
    seats.sort_by_key(|seat| (seat.starts_at, seat.id));
    Ok(seats)
}

/// The confirmed signup of a physician for a training.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn seat_of(cx: &Cx, physician: PhysicianId, training: TrainingId) -> Result<Option<signup::Model>> {
    Ok(signup::Entity::find()
        .filter(signup::Column::Physician.eq(Uuid::from(physician)))
        .filter(signup::Column::Training.eq(Uuid::from(training)))
        .filter(signup::Column::State.eq("confirmed"))
        .one(cx.db())
        .await?)
}

/// A ticket and its training; only its own physician sees it.
///
/// # Errors
/// [`Error::NotFound`] for anybody else and once it is cancelled.
#[crate::boxed]
pub async fn ticket(cx: &Cx, id: SignupId) -> Result<(signup::Model, training::Model)> {
    let physician = cx.actor.physician().ok_or(Error::NotFound)?;
    let signup = signup::Entity::find_by_id(Uuid::from(id))
        .filter(signup::Column::Physician.eq(Uuid::from(physician)))
        .filter(signup::Column::State.eq("confirmed"))
        .one(cx.db())
        .await?
        .ok_or(Error::NotFound)?;
    let training =
        training::Entity::find_by_id(signup.training).one(cx.db()).await?.ok_or(Error::NotFound)?;
    Ok((signup, training))
}

/// Whether the physician has a seat here, and which other one lies at the same time.
///
/// # Errors
/// A fault of the database.
pub async fn at_that_time(
    db: &impl ConnectionTrait,
    physician: PhysicianId,
    row: &training::Model,
) -> Result<(bool, Option<Overlap>)> {
    #[derive(FromQueryResult)]
    struct Other {
        training: Uuid,
        title: String,
        starts_at: DateTime<Utc>,
    }
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "select s.training, t.title, t.starts_at from signup s join training t on t.id = s.training
          where s.physician = $1 and s.state = 'confirmed'
            and (s.training = $2 or (s.starts_at < $4 and s.ends_at > $3 and t.state = 'approved'))
          order by s.starts_at limit 20",
        [Uuid::from(physician).into(), row.id.into(), row.starts_at.into(), row.ends_at.into()],
    );
    let found = Other::find_by_statement(statement).all(db).await?;
    let has_seat = found.iter().any(|other| other.training == row.id);
    let overlap = found
        .into_iter()
        .find(|other| other.training != row.id)
        .map(|other| Overlap { title: other.title, held_on: Day::of(other.starts_at) });
    Ok((has_seat, overlap))
}

/// Somebody's signup at a training of the actor's, with the training. The host alone may give it back.
///
/// # Errors
/// [`Error::NotFound`] when the actor sees neither training nor attendees, a refusal for anybody but the host.
pub async fn at_host(cx: &Cx, db: &impl ConnectionTrait, id: SignupId) -> Result<(signup::Model, Standing)> {
    let row = signup::Entity::find_by_id(Uuid::from(id)).one(db).await?.ok_or(Error::NotFound)?;
    let standing = standing::load(cx, db, row.training.into()).await?;
    if !access::attendance::sees(&cx.actor, &standing.attendance_facts()) {
        return Err(Error::NotFound);
    }
    access::training::may_cancel_signup(&cx.actor, &standing.facts())?;
    Ok((row, standing))
}

/// A signup that the host may end, with the name of its holder.
///
/// # Errors
/// As [`at_host`]; [`Error::Stale`] when it was given back already.
#[crate::boxed]
pub async fn to_cancel(cx: &Cx, id: SignupId) -> Result<(signup::Model, Standing, String)> {
    let (row, standing) = at_host(cx, cx.db(), id).await?;
    if row.state == State::Cancelled.name() {
        return Err(Error::Stale("この申込みは、すでに取り消されています。".to_owned()));
    }
    let person = physician::Entity::find_by_id(row.physician).one(cx.db()).await?.ok_or(Error::NotFound)?;
    Ok((row, standing, full_name(&person.family_name, &person.given_name)))
}
