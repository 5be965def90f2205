//! Giving seats and taking them back.

use super::{letters, lists};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::{dialect, scope};
use crate::error::{Error, Result};
use crate::mail::{Letter, queue_all};
use crate::training::standing::window;
use mamis_rules::access;
use mamis_rules::base::{PhysicianId, SignupId, TrainingId, full_name};
use mamis_rules::flow::training_approval::{HeldAt, State};
use mamis_rules::signup::{self as rules, Facts, Refusal, Seats};
use mamis_schema::{physician, signup, training};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter,
    QuerySelect, Statement,
};
use std::collections::{BTreeSet, HashMap};
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

/// A physician asks for a seat on my page.
///
/// # Errors
/// [`Error::NotFound`] for an unknown training, a refusal in the words of the rules, or a fault.
#[crate::boxed]
pub async fn sign_up(cx: &Cx, training: TrainingId) -> Result<Seat> {
    let physician = cx.actor.physician().ok_or(Error::NotFound)?;
    access::training::may_sign_up(&cx.actor, physician)?;
    let visible = training::Entity::find_by_id(Uuid::from(training))
        .filter(scope::trainings(&access::training::visible_to(&cx.actor)))
        .select_only()
        .column(training::Column::Id)
        .into_tuple::<Uuid>()
        .one(cx.db())
        .await?;
    visible.ok_or(Error::NotFound)?;
    let mut tx = cx.begin().await?;
    let answers = claim(cx, &mut tx, &[Claim { training, physician }]).await?;
    match answers.into_iter().next() {
        Some(Ok(seat)) => {
            tx.commit().await?;
            Ok(seat)
        }
        Some(Err(refusal)) => Err(Error::refused(refusal.to_string())),
        None => Err(Error::fault("a claim without an answer")),
    }
}

/// Answers claims in the order of arrival, inside one transaction: many can be committed together.
///
/// A seat is taken by one conditional update of `seat_count`, so it is never given twice, whoever else claims at the
/// same moment. Physicians are locked first, in the order of their ids, and then trainings, in the order of theirs,
/// so that two batches cannot wait for each other.
///
/// # Errors
/// A fault of the database; a refusal is an answer.
#[crate::boxed]
pub async fn claim(cx: &Cx, tx: &mut Tx<'_>, claims: &[Claim]) -> Result<Vec<Answer>> {
    let people: BTreeSet<Uuid> = claims.iter().map(|claim| claim.physician.into()).collect();
    for person in &people {
        dialect::lock_physician(tx.db(), *person).await?;
    }
    let trainings = trainings(tx, claims).await?;
    let names = names(tx, people).await?;
    let mut order: Vec<usize> = (0..claims.len()).collect();
    order.sort_by_key(|at| (claims[*at].training, *at));
    let mut answers: Vec<Option<Answer>> = vec![None; claims.len()];
    let mut letters = Vec::new();
    for at in order {
        let claim = claims[at];
        let answer = match trainings.get(&claim.training.into()) {
            None => Err(Refusal::NotPublished),
            Some(row) => answer(cx, tx, claim, row).await?,
        };
        if let (Ok(seat), Some(row)) = (&answer, trainings.get(&claim.training.into())) {
            letters.push(note(cx, tx, claim, row, *seat, &names)?);
        }
        answers[at] = Some(answer);
    }
    queue_all(cx, tx, letters).await?;
    answers
        .into_iter()
        .map(|answer| answer.ok_or_else(|| Error::fault("a claim without an answer")))
        .collect()
}

async fn trainings(tx: &Tx<'_>, claims: &[Claim]) -> Result<HashMap<Uuid, training::Model>> {
    let ids: BTreeSet<Uuid> = claims.iter().map(|claim| claim.training.into()).collect();
    let rows = training::Entity::find().filter(training::Column::Id.is_in(ids)).all(tx.db()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

async fn names(tx: &Tx<'_>, people: BTreeSet<Uuid>) -> Result<HashMap<Uuid, String>> {
    let rows: Vec<(Uuid, String, String)> = physician::Entity::find()
        .select_only()
        .columns([physician::Column::Id, physician::Column::FamilyName, physician::Column::GivenName])
        .filter(physician::Column::Id.is_in(people))
        .into_tuple()
        .all(tx.db())
        .await?;
    Ok(rows.into_iter().map(|(id, family, given)| (id, full_name(&family, &given))).collect())
}

/// Audit entry and letter of a seat.
fn note(
    cx: &Cx,
    tx: &mut Tx<'_>,
    claim: Claim,
    row: &training::Model,
    seat: Seat,
    names: &HashMap<Uuid, String>,
) -> Result<Letter> {
    tx.audit(Entry::new("signup.create", "signup", seat.signup).about(claim.physician));
    let name = names.get(&claim.physician.into()).map_or("", String::as_str);
    letters::confirmed(cx, row, claim.physician, name)
}

/// One claim against the rules and the seats.
async fn answer(cx: &Cx, tx: &Tx<'_>, claim: Claim, row: &training::Model) -> Result<Answer> {
    let (has_seat, overlap) = lists::at_that_time(tx.db(), claim.physician, row).await?;
    let facts = Facts {
        state: row.state.parse::<State>().map_err(Error::fault)?,
        window: window(row.recruits_from, row.recruits_until),
        held: HeldAt { starts_at: row.starts_at, ends_at: row.ends_at },
        // Whether one is left is asked by the update that takes it.
        seats: Seats { capacity: 1, taken: 0 },
        has_seat,
        overlap,
    };
    if let Err(refusal) = rules::check(&facts, cx.now) {
        return Ok(Err(refusal));
    }
    match take_seat(tx, row.id).await? {
        None => Ok(Err(Refusal::Full)),
        Some(order) => Ok(Ok(insert(cx, tx, claim, row, order).await?)),
    }
}

/// Takes one seat; the new order number, or none when all are taken.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn take_seat(tx: &Tx<'_>, training: Uuid) -> Result<Option<i64>> {
    #[derive(FromQueryResult)]
    struct Row {
        last_order: i64,
    }
    let statement = Statement::from_sql_and_values(
        tx.db().get_database_backend(),
        "update seat_count set taken = taken + 1, last_order = last_order + 1
          where training = $1 and taken < capacity returning last_order",
        [training.into()],
    );
    Ok(Row::find_by_statement(statement).one(tx.db()).await?.map(|row| row.last_order))
}

/// Writes the signup of a seat that was taken.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn insert(
    cx: &Cx,
    tx: &Tx<'_>,
    claim: Claim,
    row: &training::Model,
    order: i64,
) -> Result<Seat> {
    let id = Uuid::now_v7();
    let signup = signup::Model {
        id,
        training: row.id,
        physician: claim.physician.into(),
        state: "confirmed".to_owned(),
        order_number: order,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        created_at: cx.now,
        cancelled_at: None,
        version: 1,
    };
    signup::ActiveModel::from(signup).reset_all().insert(tx.db()).await?;
    Ok(Seat { signup: id.into(), order })
}

/// The holder gives a seat back, until the window closes.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`] when it was given back already, a refusal that says whom to call, or a fault.
#[crate::boxed]
pub async fn cancel(cx: &Cx, id: SignupId) -> Result<TrainingId> {
    let physician = cx.actor.physician().ok_or(Error::NotFound)?;
    access::training::may_sign_up(&cx.actor, physician)?;
    let mut tx = cx.begin().await?;
    let row = signup::Entity::find_by_id(Uuid::from(id))
        .filter(signup::Column::Physician.eq(Uuid::from(physician)))
        .one(tx.db())
        .await?
        .ok_or(Error::NotFound)?;
    let training = training::Entity::find_by_id(row.training).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let held = HeldAt { starts_at: training.starts_at, ends_at: training.ends_at };
    let window = window(training.recruits_from, training.recruits_until);
    rules::check_cancel(window, held, &training.contact, cx.now).map_err(Error::Refused)?;
    give_back(cx, &tx, &row).await?;
    tx.audit(Entry::new("signup.cancel", "signup", id).about(physician));
    let name = cx.who.name.clone();
    let letter = letters::cancelled(cx, &training, physician, &name)?;
    queue_all(cx, &mut tx, vec![letter]).await?;
    tx.commit().await?;
    Ok(row.training.into())
}

/// The host gives a seat back for somebody who cannot any more, or must not come: with a reason, until the training
/// begins.
///
/// # Errors
/// [`Error::NotFound`] when the actor does not see the signup, [`Error::Invalid`] without a reason, a refusal for
/// anybody but the host and after the beginning, [`Error::Stale`] when it was given back already.
#[crate::boxed]
pub async fn cancel_by_host(cx: &Cx, id: SignupId, reason: &str) -> Result<TrainingId> {
    if reason.is_empty() {
        return Err(Error::invalid("reason", "取り消す理由を入力してください。本人へのメールに書かれます。"));
    }
    let mut tx = cx.begin().await?;
    let (row, standing) = lists::at_host(cx, tx.db(), id).await?;
    rules::check_cancel_by_host(standing.held(), cx.now).map_err(Error::Refused)?;
    give_back(cx, &tx, &row).await?;
    let physician = PhysicianId::from(row.physician);
    let detail = serde_json::json!({"training": row.training, "reason": reason});
    tx.audit(Entry::new("signup.cancel_by_host", "signup", id).about(physician).with(detail));
    let names = names(&tx, [row.physician].into()).await?;
    let name = names.get(&row.physician).map_or("", String::as_str);
    let letter = letters::cancelled_by_host(cx, &standing.row, physician, name, reason)?;
    queue_all(cx, &mut tx, vec![letter]).await?;
    tx.commit().await?;
    Ok(row.training.into())
}

/// Frees the seat of a confirmed signup; the count never falls below zero.
async fn give_back(cx: &Cx, tx: &Tx<'_>, row: &signup::Model) -> Result<()> {
    let freed = signup::Entity::update_many()
        .col_expr(signup::Column::State, Expr::value("cancelled"))
        .col_expr(signup::Column::CancelledAt, Expr::value(cx.now))
        .col_expr(signup::Column::Version, Expr::col(signup::Column::Version).add(1))
        .filter(signup::Column::Id.eq(row.id))
        .filter(signup::Column::State.eq("confirmed"))
        .exec(tx.db())
        .await?;
    if freed.rows_affected == 0 {
        return Err(Error::Stale("この申込みは、すでに取り消されています。".to_owned()));
    }
    let statement = Statement::from_sql_and_values(
        tx.db().get_database_backend(),
        "update seat_count set taken = taken - 1 where training = $1 and taken > 0",
        [row.training.into()],
    );
    tx.db().execute_raw(statement).await?;
    Ok(())
}
