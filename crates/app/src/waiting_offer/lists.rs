//! Who waits, at which place, and what is offered.

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::physician::lists::NAME;
use crate::training::lists::Shown;
use crate::training::{self, Standing, standing};
use chrono::{DateTime, Utc};
use mamis_rules::access;
use mamis_rules::base::{PhysicianId, SignupId, TrainingId, WaitingOfferId};
use mamis_rules::signup::state::State;
use mamis_rules::waiting_list::{OfferState, Place};
use mamis_schema::{physician, signup, training as table, waiting_offer};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement, Value,
};
use uuid::Uuid;
use waiting_offer::Column as O;

/// People on the page of the waiting list at the most.
pub const MOST: u64 = 500;

/// Offers ended by one round of the job at the most.
const DUE: u64 = 100;

/// Who is in line for a seat. Nobody is offered a second seat (two records of one person were merged), and nobody who
/// has died. The state is written as the index `signup_line` has it: a value given apart would not be known to lie in
/// it.
pub(crate) const IN_LINE: &str = "signup.state = 'waiting'
    and not exists (select 1 from signup k where k.training = signup.training and k.physician = signup.physician
                                             and k.state = 'confirmed')
    and exists (select 1 from physician p where p.id = signup.physician and p.merged_into is null
                                            and p.deceased_on is null)";

fn asked(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}

/// The first of those who wait.
///
/// # Errors
/// A fault of the database.
pub(super) async fn next_in_line(db: &impl ConnectionTrait, training: Uuid, most: u64) -> Result<Vec<Place>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        priority: i32,
        waiting_number: i64,
    }
    let sql = format!(
        "select id, priority, waiting_number from signup where training = $1 and {IN_LINE}
          order by priority desc, waiting_number limit $2"
    );
    let most = i64::try_from(most).map_err(Error::fault)?;
    let rows = Row::find_by_statement(asked(db, &sql, vec![training.into(), most.into()])).all(db).await?;
    let place =
        |row: Row| Place { signup: SignupId(row.id), priority: row.priority, number: row.waiting_number };
    Ok(rows.into_iter().map(place).collect())
}

/// Somebody to whom a seat is offered.
#[derive(Clone, Debug)]
pub(super) struct Offered {
    /// The offer.
    pub(super) offer: Uuid,
    /// Who.
    pub(super) physician: Uuid,
    /// Name as printed.
    pub(super) name: String,
    /// Until when.
    pub(super) expires_at: DateTime<Utc>,
}

/// To whom seats are offered.
///
/// # Errors
/// A fault of the database.
pub(super) async fn offered(
    db: &impl ConnectionTrait,
    offers: &[waiting_offer::Model],
) -> Result<Vec<Offered>> {
    let of = |row: &waiting_offer::Model| row.signup;
    let rows: Vec<(Uuid, Uuid)> = signup::Entity::find()
        .select_only()
        .columns([signup::Column::Id, signup::Column::Physician])
        .filter(signup::Column::Id.is_in(offers.iter().map(of)))
        .into_tuple()
        .all(db)
        .await?;
    let people: Vec<(Uuid, String, String)> = physician::Entity::find()
        .select_only()
        .columns([physician::Column::Id, physician::Column::FamilyName, physician::Column::GivenName])
        .filter(physician::Column::Id.is_in(rows.iter().map(|(_, physician)| *physician)))
        .into_tuple()
        .all(db)
        .await?;
    let found = |offer: &waiting_offer::Model| {
        let (_, physician) = rows.iter().find(|(signup, _)| *signup == offer.signup)?;
        let (_, family, given) = people.iter().find(|(id, ..)| id == physician)?;
        Some(Offered {
            offer: offer.id,
            physician: *physician,
            name: mamis_rules::base::full_name(family, given),
            expires_at: offer.expires_at,
        })
    };
    Ok(offers.iter().filter_map(found).collect())
}

/// The open offer of a signup.
///
/// # Errors
/// A fault of the database.
pub(super) async fn open_of(db: &impl ConnectionTrait, signup: Uuid) -> Result<Option<waiting_offer::Model>> {
    Ok(waiting_offer::Entity::find()
        .filter(O::Signup.eq(signup))
        // As the index has it: a value given apart would not be known to lie in it.
        .filter(Expr::cust("state = 'open'"))
        .one(db)
        .await?)
}

/// Offers whose time is over, those that ended first.
///
/// # Errors
/// A fault of the database.
pub(super) async fn due(cx: &Cx) -> Result<Vec<WaitingOfferId>> {
    let found: Vec<Uuid> = waiting_offer::Entity::find()
        .select_only()
        .column(O::Id)
        .filter(Expr::cust("state = 'open'"))
        .filter(O::ExpiresAt.lte(cx.now))
        .order_by_asc(O::ExpiresAt)
        .limit(DUE)
        .into_tuple()
        .all(cx.db())
        .await?;
    Ok(found.into_iter().map(WaitingOfferId).collect())
}

/// The place of somebody who waits, from 1.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn place_of(db: &impl ConnectionTrait, row: &signup::Model) -> Result<u64> {
    let sql = format!(
        "select count(*) as people from signup where training = $1 and {IN_LINE}
            and (priority > $2 or (priority = $2 and waiting_number < $3))"
    );
    let number = row.waiting_number.unwrap_or_default();
    let values = vec![row.training.into(), row.priority.into(), number.into()];
    Ok(counted(db, &sql, values).await? + 1)
}

/// How many wait for a seat.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn waiting(cx: &Cx, training: TrainingId) -> Result<u64> {
    let sql = format!("select count(*) as people from signup where training = $1 and {IN_LINE}");
    counted(cx.db(), &sql, vec![Uuid::from(training).into()]).await
}

async fn counted(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<u64> {
    let row = db.query_one_raw(asked(db, sql, values)).await?;
    let people: i64 = row.map_or(Ok(0), |row| row.try_get("", "people"))?;
    Ok(people.unsigned_abs())
}

/// Where a physician stands who has no seat yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mine {
    /// On the list, at this place.
    Waits {
        /// The signup, to leave the list.
        signup: SignupId,
        /// From 1.
        place: u64,
    },
    /// A seat is held.
    Offered {
        /// The offer, to answer it.
        offer: WaitingOfferId,
        /// Until when.
        until: DateTime<Utc>,
    },
}

/// Where the physician stands on the waiting list of a training.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn mine(cx: &Cx, physician: PhysicianId, training: TrainingId) -> Result<Option<Mine>> {
    let row = signup::Entity::find()
        .filter(signup::Column::Physician.eq(Uuid::from(physician)))
        .filter(signup::Column::Training.eq(Uuid::from(training)))
        .filter(signup::Column::State.is_in([State::Waiting.name(), State::Offered.name()]))
        .one(cx.db())
        .await?;
    let Some(row) = row else { return Ok(None) };
    if row.state == State::Waiting.name() {
        let place = place_of(cx.db(), &row).await?;
        return Ok(Some(Mine::Waits { signup: row.id.into(), place }));
    }
    let offer = open_of(cx.db(), row.id).await?;
    Ok(offer.map(|offer| Mine::Offered { offer: offer.id.into(), until: offer.expires_at }))
}

/// An offer for whoever has its link.
#[derive(Clone, Debug)]
pub struct OfferShown {
    /// What became of it.
    pub state: OfferState,
    /// Until when the seat is held.
    pub until: DateTime<Utc>,
    /// The training.
    pub training: table::Model,
}

/// What the page behind the link of an offer shows: the training and how the offer stands, nothing about the person.
///
/// # Errors
/// [`Error::NotFound`], or a fault of the database.
#[crate::boxed]
pub async fn show(cx: &Cx, id: WaitingOfferId) -> Result<OfferShown> {
    let offer =
        waiting_offer::Entity::find_by_id(Uuid::from(id)).one(cx.db()).await?.ok_or(Error::NotFound)?;
    let row = signup::Entity::find_by_id(offer.signup).one(cx.db()).await?.ok_or(Error::NotFound)?;
    let training = table::Entity::find_by_id(row.training).one(cx.db()).await?.ok_or(Error::NotFound)?;
    Ok(OfferShown { state: offer.state.parse().map_err(Error::fault)?, until: offer.expires_at, training })
}

/// Somebody on the waiting list, for the host.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Waiter {
    /// The signup.
    pub signup: Uuid,
    /// Who.
    pub physician: Uuid,
    /// Name as printed.
    pub name: String,
    /// The reading.
    pub kana: String,
    /// Licence registry number, when known.
    pub registry_number: Option<String>,
    /// Telephone; whoever shows it notes the look.
    pub phone: Option<String>,
    /// Whether mail reaches the person.
    pub has_mail: bool,
    /// waiting or offered.
    pub state: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Higher goes first.
    pub priority: i32,
    /// Why; empty for none.
    pub priority_reason: String,
    /// Until when a seat is held.
    pub until: Option<DateTime<Utc>>,
}

impl Waiter {
    /// Whether a seat is held for the person.
    pub fn is_offered(&self) -> bool {
        self.state == State::Offered.name()
    }
}

/// The waiting list of a training for its host: those with an offer first, then in the order in which seats will be
/// offered; at most [`MOST`].
///
/// # Errors
/// [`Error::NotFound`] when the actor does not see the training, a refusal for anybody but the host.
#[crate::boxed]
pub async fn line(cx: &Cx, id: TrainingId) -> Result<(Shown, Vec<Waiter>)> {
    let shown = training::lists::show(cx, id).await?;
    access::training::may_recruit(&cx.actor, &shown.standing.facts())?;
    let waiters = waiters(cx, Uuid::from(id), None).await?;
    Ok((shown, waiters))
}

/// One of those on the waiting list, for a form of the host.
///
/// # Errors
/// As [`line`]; [`Error::Stale`] for somebody who does not wait any more.
#[crate::boxed]
pub async fn waiter(cx: &Cx, id: SignupId) -> Result<(Shown, Waiter)> {
    let (row, _) = at_host(cx, cx.db(), id).await?;
    let shown = training::lists::show(cx, row.training.into()).await?;
    let found = waiters(cx, row.training, Some(row.id)).await?.into_iter().next();
    let gone = || Error::Stale("この人は、もうキャンセル待ちをしていません。".to_owned());
    Ok((shown, found.ok_or_else(gone)?))
}

/// A signup at a training of the actor's, with the training, for its host.
///
/// # Errors
/// [`Error::NotFound`] when the actor sees neither training nor attendees, a refusal for anybody but the host.
pub(crate) async fn at_host(
    cx: &Cx,
    db: &impl ConnectionTrait,
    id: SignupId,
) -> Result<(signup::Model, Standing)> {
    let row = signup::Entity::find_by_id(Uuid::from(id)).one(db).await?.ok_or(Error::NotFound)?;
    let standing = standing::load(cx, db, row.training.into()).await?;
    if !access::attendance::sees(&cx.actor, &standing.attendance_facts()) {
        return Err(Error::NotFound);
    }
    access::training::may_recruit(&cx.actor, &standing.facts())?;
    Ok((row, standing))
}

async fn waiters(cx: &Cx, training: Uuid, only: Option<Uuid>) -> Result<Vec<Waiter>> {
    let one = if only.is_some() { "and s.id = $2" } else { "" };
    let sql = format!(
        "select s.id as signup, p.id as physician, {NAME} as name, p.family_kana || ' ' || p.given_kana as kana, p.registry_number,
                p.phone, (p.email is not null and p.email_verified_at is not null) as has_mail, s.state,
                s.created_at as since, s.priority, s.priority_reason, o.expires_at as until
           from signup s
           join physician p on p.id = s.physician
           left join waiting_offer o on o.signup = s.id and o.state = 'open'
          where s.training = $1 and s.state in ('waiting', 'offered') {one}
          order by s.state, s.priority desc, s.waiting_number limit {MOST}"
    );
    let values = [Some(training), only].into_iter().flatten().map(Value::from).collect();
    Ok(Waiter::find_by_statement(asked(cx.db(), &sql, values)).all(cx.db()).await?)
}
