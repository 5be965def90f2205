//! Offering free seats, and what becomes of an offer. Every step happens under the lock of the seats, and an offer is
//! answered by one conditional update: of two answers at once one counts.

use super::lists::Waiter;
use super::{letters, lists};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::dialect::lock_physician;
use crate::error::{Error, Result};
use crate::mail::{Letter, queue, queue_all, queue_all_by_mail};
use crate::signup::actions::hall::Hall;
use crate::signup::actions::name_of;
use crate::signup::letters as of_signup;
use crate::signup::lists::at_that_time;
use chrono::{DateTime, Utc};
use mamis_rules::access::Actor;
use mamis_rules::base::{PhysicianId, SignupId, TrainingId, WaitingOfferId};
use mamis_rules::flow::training_approval::State as TrainingState;
use mamis_rules::signup::Overlap;
use mamis_rules::signup::state::{Act, State};
use mamis_rules::waiting_list::{self as rules, Facts, OfferState};
use mamis_schema::{signup, waiting_offer};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;
use waiting_offer::Column as O;

/// Offers written by one statement at the most.
const TOGETHER: u64 = 1_000;

/// Offers the free seats of a training to those who wait, in the transaction that freed them: the seats are held from
/// now on. Nothing is offered while the training does not recruit, and on its last day, when the office calls.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn pass_on(cx: &Cx, tx: &mut Tx<'_>, hall: &mut Hall) -> Result<()> {
    let published = TrainingState::PUBLISHED.contains(&hall.state()?);
    let Some(expires_at) = rules::offer_ends(cx.now, hall.training.starts_at).filter(|_| published) else {
        return Ok(());
    };
    loop {
        let free = std::cmp::min(hall.seats().free().unsigned_abs(), TOGETHER);
        if free == 0 {
            return Ok(());
        }
        let line = lists::next_in_line(tx.db(), hall.training.id, free).await?;
        if line.is_empty() {
            return Ok(());
        }
        let chosen = rules::next(hall.seats(), &line);
        let offers = offer(cx, tx, hall, chosen, expires_at).await?;
        tell(cx, tx, hall, &offers).await?;
    }
}

/// Makes the offers and takes their seats.
async fn offer(
    cx: &Cx,
    tx: &Tx<'_>,
    hall: &mut Hall,
    chosen: Vec<SignupId>,
    expires_at: DateTime<Utc>,
) -> Result<Vec<waiting_offer::Model>> {
    let signups: Vec<Uuid> = chosen.into_iter().map(Uuid::from).collect();
    hall.step_all(tx, &signups, State::Waiting, Act::Offer).await?;
    let new = |signup| waiting_offer::Model {
        id: Uuid::now_v7(),
        signup,
        state: OfferState::Open.name().to_owned(),
        expires_at,
        created_at: cx.now,
        answered_at: None,
    };
    let offers: Vec<_> = signups.into_iter().map(new).collect();
    let rows = offers.iter().map(|row| waiting_offer::ActiveModel::from(row.clone()).reset_all());
    waiting_offer::Entity::insert_many(rows).exec_without_returning(tx.db()).await?;
    Ok(offers)
}

/// Tells those who were offered a seat, and the host about those whom no mail reaches.
async fn tell(cx: &Cx, tx: &mut Tx<'_>, hall: &Hall, offers: &[waiting_offer::Model]) -> Result<()> {
    let people = lists::offered(tx.db(), offers).await?;
    let mut written: Vec<Letter> = Vec::with_capacity(people.len());
    for person in &people {
        let entry = Entry::new("waiting_offer.create", "waiting_offer", person.offer);
        tx.audit(entry.about(person.physician.into()));
        written.push(letters::offered(cx, &hall.training, person)?);
    }
    let reached = queue_all_by_mail(cx, tx, written).await?;
    let others = (people.len() as u64).saturating_sub(reached);
    if others > 0 {
        let to_host = letters::call(cx, tx, &hall.training, others).await?;
        queue_all(cx, tx, to_host).await?;
    }
    Ok(())
}

/// An offer under the lock of its seats.
struct Found {
    hall: Hall,
    signup: signup::Model,
    offer: waiting_offer::Model,
}

impl Found {
    /// Locks the person and the seats, then reads what stands.
    async fn lock(tx: &Tx<'_>, id: WaitingOfferId) -> Result<Self> {
        let offer = Self::offer(tx, id).await?;
        let row = signup::Entity::find_by_id(offer.signup).one(tx.db()).await?.ok_or(Error::NotFound)?;
        lock_physician(tx.db(), row.physician).await?;
        let hall = Hall::lock(tx, row.training).await?;
        let signup = hall.signup(tx, row.id).await?;
        Ok(Self { offer: Self::offer(tx, id).await?, signup, hall })
    }

    async fn offer(tx: &Tx<'_>, id: WaitingOfferId) -> Result<waiting_offer::Model> {
        waiting_offer::Entity::find_by_id(Uuid::from(id)).one(tx.db()).await?.ok_or(Error::NotFound)
    }

    fn physician(&self) -> PhysicianId {
        self.signup.physician.into()
    }

    /// What the rules ask about an answer.
    async fn facts(&self, tx: &Tx<'_>) -> Result<Facts> {
        let (has_seat, overlap) = elsewhere(tx, &self.hall, self.physician()).await?;
        Ok(Facts {
            offer: self.offer.state.parse().map_err(Error::fault)?,
            expires_at: self.offer.expires_at,
            training: self.hall.state()?,
            has_seat,
            overlap,
        })
    }
}

async fn elsewhere(tx: &Tx<'_>, hall: &Hall, physician: PhysicianId) -> Result<(bool, Option<Overlap>)> {
    at_that_time(tx.db(), physician, &hall.training).await
}

/// Says yes to an offer: the held seat is the person's own. Whoever has the link may, as with the letter in hand.
///
/// # Errors
/// [`Error::NotFound`], a refusal that says what became of the offer or what is in the way, or a fault.
#[crate::boxed]
pub async fn accept(cx: &Cx, id: WaitingOfferId) -> Result<SignupId> {
    let mut tx = cx.begin().await?;
    let mut found = Found::lock(&tx, id).await?;
    let facts = found.facts(&tx).await?;
    rules::check_accept(&facts, cx.now).map_err(|refusal| Error::refused(refusal.to_string()))?;
    close(cx, &tx, id, OfferState::Accepted).await?;
    let entry = Entry::new("waiting_offer.accept", "waiting_offer", id).about(found.physician());
    tx.audit(entry.with(json!({"by": by(cx)})));
    confirm(cx, &mut tx, &mut found.hall, &found.signup).await?;
    tx.commit().await?;
    Ok(found.signup.id.into())
}

/// The seat is the person's own, and a letter says so.
async fn confirm(cx: &Cx, tx: &mut Tx<'_>, hall: &mut Hall, row: &signup::Model) -> Result<()> {
    hall.step(cx, tx, row, Act::Accept).await?;
    let name = name_of(tx, row.physician.into()).await?;
    queue(cx, tx, of_signup::confirmed(cx, &hall.training, row.physician.into(), &name)?).await
}

/// Says no to an offer: the next one is offered the seat.
///
/// # Errors
/// As [`accept`].
#[crate::boxed]
pub async fn decline(cx: &Cx, id: WaitingOfferId) -> Result<()> {
    let mut tx = cx.begin().await?;
    let mut found = Found::lock(&tx, id).await?;
    let facts = found.facts(&tx).await?;
    rules::check_answer(&facts, cx.now).map_err(|refusal| Error::refused(refusal.to_string()))?;
    close(cx, &tx, id, OfferState::Declined).await?;
    found.hall.step(cx, &tx, &found.signup, Act::Decline).await?;
    let entry = Entry::new("waiting_offer.decline", "waiting_offer", id).about(found.physician());
    tx.audit(entry.with(json!({"by": by(cx)})));
    let name = name_of(&tx, found.physician()).await?;
    let letter = of_signup::cancelled(cx, &found.hall.training, found.physician(), &name)?;
    queue(cx, &mut tx, letter).await?;
    pass_on(cx, &mut tx, &mut found.hall).await?;
    tx.commit().await
}

/// Ends an offer that was not answered in time: the next one is offered the seat. Whether there was anything to end.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn expire(cx: &Cx, id: WaitingOfferId) -> Result<bool> {
    let mut tx = cx.begin().await?;
    let mut found = Found::lock(&tx, id).await?;
    if found.offer.state != OfferState::Open.name() || found.offer.expires_at > cx.now {
        return Ok(false);
    }
    close(cx, &tx, id, OfferState::Expired).await?;
    found.hall.step(cx, &tx, &found.signup, Act::Expire).await?;
    tx.audit(Entry::new("waiting_offer.expire", "waiting_offer", id).about(found.physician()));
    let name = name_of(&tx, found.physician()).await?;
    queue(cx, &mut tx, letters::over(cx, &found.hall.training, found.physician(), &name)?).await?;
    pass_on(cx, &mut tx, &mut found.hall).await?;
    tx.commit().await?;
    Ok(true)
}

/// The host takes somebody's yes by telephone: to an offer, or on the last day, when none is made any more, for a seat
/// that is free. With a reason, which stays.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`] without a reason, a refusal for anybody but the host or in the words of the
/// rules, or a fault.
#[crate::boxed]
pub async fn accept_by_host(cx: &Cx, id: SignupId, reason: &str) -> Result<TrainingId> {
    if reason.is_empty() {
        return Err(Error::invalid(
            "reason",
            "だれから、いつ連絡があったかを入力してください。記録に残ります。",
        ));
    }
    let mut tx = cx.begin().await?;
    let (row, _) = lists::at_host(cx, tx.db(), id).await?;
    lock_physician(tx.db(), row.physician).await?;
    let mut hall = Hall::lock(&tx, row.training).await?;
    let row = hall.signup(&tx, row.id).await?;
    let physician = PhysicianId::from(row.physician);
    check_by_host(cx, &tx, &hall, &row).await?;
    if row.state == State::Offered.name() {
        close_open(cx, &tx, vec![row.id], OfferState::Accepted).await?;
    }
    let detail = json!({"training": row.training, "by": by(cx), "reason": reason});
    tx.audit(Entry::new("waiting_offer.accept", "signup", id).about(physician).with(detail));
    confirm(cx, &mut tx, &mut hall, &row).await?;
    tx.commit().await?;
    Ok(row.training.into())
}

/// Leaves a trace of an officer's look at the telephone number of somebody who waits.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn note_look(cx: &Cx, waiter: &Waiter) -> Result<()> {
    let mut tx = cx.begin().await?;
    tx.audit(Entry::new("signup.look", "signup", waiter.signup).about(waiter.physician.into()));
    tx.commit().await
}

/// Whether the host may give the seat now.
async fn check_by_host(cx: &Cx, tx: &Tx<'_>, hall: &Hall, row: &signup::Model) -> Result<()> {
    let (has_seat, overlap) = elsewhere(tx, hall, row.physician.into()).await?;
    let open = lists::open_of(tx.db(), row.id).await?;
    let state: State = row.state.parse().map_err(Error::fault)?;
    let (offer, expires_at) = match (state, open) {
        (State::Offered, Some(offer)) => (OfferState::Open, offer.expires_at),
        (State::Waiting, _) => {
            rules::check_call(hall.seats(), hall.training.starts_at, cx.now).map_err(Error::Refused)?;
            (OfferState::Open, hall.training.starts_at)
        }
        _ => return Err(Error::Stale("この人は、もうキャンセル待ちをしていません。".to_owned())),
    };
    let facts = Facts { offer, expires_at, training: hall.state()?, has_seat, overlap };
    rules::check_accept(&facts, cx.now).map_err(|refusal| Error::refused(refusal.to_string()))
}

/// Takes every offer of a training back that is being changed, postponed or cancelled; those people wait again, at their
/// places.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn withdraw(cx: &Cx, tx: &mut Tx<'_>, hall: &mut Hall) -> Result<Vec<PhysicianId>> {
    use signup::Column as S;
    let rows = signup::Entity::find()
        .filter(S::Training.eq(hall.training.id))
        // As the index `signup_waits` has it.
        .filter(Expr::cust("state in ('waiting', 'offered')"))
        .filter(S::State.eq(State::Offered.name()))
        .all(tx.db())
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let signups: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    hall.step_all(tx, &signups, State::Offered, Act::Withdraw).await?;
    close_open(cx, tx, signups, OfferState::Withdrawn).await?;
    Ok(rows.into_iter().map(|row| row.physician.into()).collect())
}

/// Notes the answer to an offer.
async fn close(cx: &Cx, tx: &Tx<'_>, id: WaitingOfferId, to: OfferState) -> Result<()> {
    let closed = waiting_offer::Entity::update_many()
        .col_expr(O::State, Expr::value(to.name()))
        .col_expr(O::AnsweredAt, Expr::value(cx.now))
        .filter(O::Id.eq(Uuid::from(id)))
        .filter(O::State.eq(OfferState::Open.name()))
        .exec(tx.db())
        .await?;
    match closed.rows_affected {
        0 => Err(Error::Stale("この案内には、すでに返事があります。".to_owned())),
        _ => Ok(()),
    }
}

/// Notes what became of the open offers of signups in another way than by an answer: taken at the door or by telephone,
/// left with the waiting list, or withdrawn.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn close_open(cx: &Cx, tx: &Tx<'_>, signups: Vec<Uuid>, to: OfferState) -> Result<()> {
    waiting_offer::Entity::update_many()
        .col_expr(O::State, Expr::value(to.name()))
        .col_expr(O::AnsweredAt, Expr::value(cx.now))
        .filter(O::Signup.is_in(signups))
        // As the index `waiting_offer_open` has it: a value given apart would not be known to lie in it.
        .filter(Expr::cust("state = 'open'"))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Who answered, for the log.
fn by(cx: &Cx) -> &'static str {
    match cx.actor {
        Actor::Physician { .. } => "physician",
        Actor::Officer { .. } => "office",
        _ => "link",
    }
}
