//! Giving seats and taking them back.

mod counter;
pub(crate) mod hall;
mod line;
mod wait;

pub use line::Line;
pub(crate) use wait::name_of;
pub use wait::{Rank, prioritise, wait};

use super::{letters, lists};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::scope;
use crate::error::{Error, Result};
use crate::mail::queue_all;
use crate::training::standing::window;
use crate::waiting_offer::actions::{close_open, pass_on};
use counter::{Counter, names};
use hall::Hall;
use mamis_rules::access;
use mamis_rules::base::{PhysicianId, SignupId, TrainingId};
use mamis_rules::flow::training_approval::HeldAt;
use mamis_rules::signup::state::{Act, State};
use mamis_rules::signup::{self as rules, Refusal};
use mamis_rules::waiting_list::OfferState;
use mamis_schema::{signup, training};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

/// Somebody asks for a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Where.
    pub training: TrainingId,
    /// Who.
    pub physician: PhysicianId,
}

/// A seat that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The signup.
    pub signup: SignupId,
    /// Order of arrival.
    pub order: i64,
}

/// The seat, or why there is none.
pub type Answer = std::result::Result<Seat, Refusal>;

/// A claim, and the request by which it came.
#[derive(Clone)]
pub struct Asked {
    /// Who asks, and when.
    pub cx: Cx,
    /// For what.
    pub claim: Claim,
}

impl Asked {
    /// The signup of a seat with this order number.
    pub(super) fn signup(&self, row: &training::Model, order: i64) -> signup::Model {
        signup_of(&self.cx, self.claim, row, order)
    }
}

/// What became of pressing the button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedUp {
    /// A seat was given.
    Now(SignupId),
    /// There was one already: somebody pressed twice, or asked again after a line that broke.
    Before(SignupId),
}

/// A physician asks for a seat on my page, and stands in line for it with everybody else who does.
///
/// # Errors
/// [`Error::NotFound`] for an unknown training, a refusal in the words of the rules, or a fault.
#[crate::boxed]
pub async fn sign_up(cx: &Cx, training: TrainingId) -> Result<SignedUp> {
    let physician = cx.actor.physician().ok_or(Error::NotFound)?;
    access::training::may_sign_up(&cx.actor, physician)?;
    let asked = Asked { cx: cx.clone(), claim: Claim { training, physician } };
    let refusal = match cx.app.line.ask(asked).await? {
        Ok(seat) => return Ok(SignedUp::Now(seat.signup)),
        Err(refusal) => refusal,
    };
    if refusal == Refusal::AlreadySignedUp
        && let Some(row) = lists::seat_of(cx, physician, training).await?
    {
        return Ok(SignedUp::Before(row.id.into()));
    }
    // Whoever has no seat in it does not see a training that is not published.
    if refusal == Refusal::NotPublished && !is_visible(cx, training).await? {
        return Err(Error::NotFound);
    }
    Err(Error::refused(refusal.to_string()))
}

async fn is_visible(cx: &Cx, training: TrainingId) -> Result<bool> {
    let found = training::Entity::find_by_id(Uuid::from(training))
        .filter(scope::trainings(&access::training::visible_to(&cx.actor)))
        .select_only()
        .column(training::Column::Id)
        .into_tuple::<Uuid>()
        .one(cx.db())
        .await?;
    Ok(found.is_some())
}

/// Answers claims in the order of arrival and commits the seats given; the line calls it.
///
/// # Errors
/// A fault of the database; nobody has a seat then. A refusal is an answer.
#[crate::boxed]
pub async fn together(asked: &[Asked]) -> Result<Vec<Answer>> {
    let Some(first) = asked.first() else { return Ok(Vec::new()) };
    let mut look = Counter::look(first.cx.db(), asked).await?;
    let answers = asked.iter().map(|one| look.answer(one)).collect::<Result<Vec<_>>>()?;
    if answers.iter().all(std::result::Result::is_err) {
        return Ok(answers);
    }
    let mut tx = first.cx.begin().await?;
    let mut counter = Counter::open(&tx, asked).await?;
    let answers = asked.iter().map(|one| counter.answer(one)).collect::<Result<_>>()?;
    counter.close(&mut tx).await?;
    if !tx.is_silent() {
        tx.commit().await?;
    }
    Ok(answers)
}

fn signup_of(cx: &Cx, claim: Claim, row: &training::Model, order: i64) -> signup::Model {
    signup::Model {
        id: Uuid::now_v7(),
        training: row.id,
        physician: claim.physician.into(),
        state: "confirmed".to_owned(),
        order_number: order,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        created_at: cx.now,
        cancelled_at: None,
        version: 1,
        waiting_number: None,
        priority: 0,
        priority_reason: String::new(),
    }
}

/// What was given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenBack {
    /// Where.
    pub training: TrainingId,
    /// A seat, an offered seat, or a place on the waiting list.
    pub was: State,
}

/// The holder gives a seat back, until the window closes, or leaves the waiting list, at any time. Whoever waits is
/// offered the seat in the same transaction.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`] when it was given back already, a refusal that says whom to call, or a fault.
#[crate::boxed]
pub async fn cancel(cx: &Cx, id: SignupId) -> Result<GivenBack> {
    let physician = cx.actor.physician().ok_or(Error::NotFound)?;
    access::training::may_sign_up(&cx.actor, physician)?;
    let mut tx = cx.begin().await?;
    let row = signup::Entity::find_by_id(Uuid::from(id))
        .filter(signup::Column::Physician.eq(Uuid::from(physician)))
        .one(tx.db())
        .await?
        .ok_or(Error::NotFound)?;
    let mut hall = Hall::lock(&tx, row.training).await?;
    let row = hall.signup(&tx, id).await?;
    let was: State = row.state.parse().map_err(Error::fault)?;
    if was == State::Confirmed {
        let training = &hall.training;
        let held = HeldAt { starts_at: training.starts_at, ends_at: training.ends_at };
        let window = window(training.recruits_from, training.recruits_until);
        rules::check_cancel(window, held, &training.contact, cx.now).map_err(Error::Refused)?;
    }
    tx.audit(Entry::new("signup.cancel", "signup", id).about(physician));
    let name = cx.who.name.clone();
    let letter = letters::cancelled(cx, &hall.training, physician, &name)?;
    queue_all(cx, &mut tx, vec![letter]).await?;
    give_back(cx, &mut tx, &mut hall, &row).await?;
    tx.commit().await?;
    Ok(GivenBack { training: row.training.into(), was })
}

/// The host gives a seat back for somebody who cannot any more, or must not come, or takes somebody off the waiting
/// list: with a reason, until the training begins.
///
/// # Errors
/// [`Error::NotFound`] when the actor does not see the signup, [`Error::Invalid`] without a reason, a refusal for
/// anybody but the host and after the beginning, [`Error::Stale`] when it was given back already.
#[crate::boxed]
pub async fn cancel_by_host(cx: &Cx, id: SignupId, reason: &str) -> Result<GivenBack> {
    if reason.is_empty() {
        return Err(Error::invalid("reason", "取り消す理由を入力してください。本人へのメールに書かれます。"));
    }
    let mut tx = cx.begin().await?;
    let (row, standing) = lists::at_host(cx, tx.db(), id).await?;
    rules::check_cancel_by_host(standing.held(), cx.now).map_err(Error::Refused)?;
    let mut hall = Hall::lock(&tx, row.training).await?;
    let row = hall.signup(&tx, id).await?;
    let was: State = row.state.parse().map_err(Error::fault)?;
    let physician = PhysicianId::from(row.physician);
    let detail = serde_json::json!({"training": row.training, "reason": reason});
    tx.audit(Entry::new("signup.cancel_by_host", "signup", id).about(physician).with(detail));
    let name = name_of(&tx, physician).await?;
    let letter = letters::cancelled_by_host(cx, &standing.row, physician, &name, reason)?;
    queue_all(cx, &mut tx, vec![letter]).await?;
    give_back(cx, &mut tx, &mut hall, &row).await?;
    tx.commit().await?;
    Ok(GivenBack { training: row.training.into(), was })
}

/// Ends a signup; whoever waits is offered the seat that it held.
async fn give_back(cx: &Cx, tx: &mut Tx<'_>, hall: &mut Hall, row: &signup::Model) -> Result<()> {
    if row.state == State::Offered.name() {
        close_open(cx, tx, vec![row.id], OfferState::Declined).await?;
        hall.step(cx, tx, row, Act::Decline).await?;
    } else {
        hall.step(cx, tx, row, Act::Cancel).await?;
    }
    pass_on(cx, tx, hall).await
}
