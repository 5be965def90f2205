//! The counter: what is known about the claims of one transaction, and the seats it gives.
//!
//! Physicians are locked first, in the order of their ids, then the seats, in the order of their trainings, so that two
//! transactions never wait for each other in a ring. With the rows locked, the count is what it will be at the commit:
//! a seat is given in memory, and all of them are written together. Five questions and three writes, however many
//! claims there are.

use super::actions::{Answer, Asked, Seat};
use super::letters;
use crate::audit::Entry;
use crate::cx::Tx;
use crate::db::dialect;
use crate::error::{Error, Result};
use crate::mail::{Letter, queue_all};
use crate::training::standing::window;
use mamis_rules::base::{Day, full_name};
use mamis_rules::flow::training_approval::{HeldAt, State};
use mamis_rules::signup::{self as rules, Facts, Overlap, Refusal, Seats};
use mamis_schema::{physician, seat_count, signup, training};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Everything the answers depend on, and what they have given so far.
pub(super) struct Counter {
    trainings: HashMap<Uuid, training::Model>,
    seats: HashMap<Uuid, seat_count::Model>,
    names: HashMap<Uuid, String>,
    /// Seats of the people in line, here and elsewhere at these hours.
    held: HashMap<Uuid, Vec<signup::Model>>,
    given: Vec<signup::Model>,
    letters: Vec<Letter>,
}

impl Counter {
    /// Locks what the claims are about and reads it.
    ///
    /// # Errors
    /// A fault of the database.
    pub(super) async fn open(tx: &Tx<'_>, asked: &[Asked]) -> Result<Self> {
        let people: BTreeSet<Uuid> = asked.iter().map(|one| one.claim.physician.into()).collect();
        let wanted: BTreeSet<Uuid> = asked.iter().map(|one| one.claim.training.into()).collect();
        let people: Vec<Uuid> = people.into_iter().collect();
        dialect::lock_physicians(tx.db(), &people).await?;
        let seats = seat_count::Entity::find()
            .filter(seat_count::Column::Training.is_in(wanted.iter().copied()))
            .order_by_asc(seat_count::Column::Training)
            .lock_exclusive()
            .all(tx.db())
            .await?;
        let mut trainings = by_id(tx, wanted).await?;
        let held = held(tx, &people, &trainings).await?;
        let elsewhere: BTreeSet<Uuid> =
            held.iter().map(|row| row.training).filter(|id| !trainings.contains_key(id)).collect();
        if !elsewhere.is_empty() {
            trainings.extend(by_id(tx, elsewhere).await?);
        }
        let mut of_person: HashMap<Uuid, Vec<signup::Model>> = HashMap::new();
        for row in held {
            of_person.entry(row.physician).or_default().push(row);
        }
        Ok(Self {
            trainings,
            seats: seats.into_iter().map(|row| (row.training, row)).collect(),
            names: names(tx, people).await?,
            held: of_person,
            given: Vec::new(),
            letters: Vec::new(),
        })
    }

    /// Answers the next claim.
    ///
    /// # Errors
    /// A fault: a state nobody knows, a template that fails.
    pub(super) fn answer(&mut self, asked: &Asked) -> Result<Answer> {
        let physician: Uuid = asked.claim.physician.into();
        let Some(row) = self.trainings.get(&asked.claim.training.into()) else {
            return Ok(Err(Refusal::NotPublished));
        };
        let Some(seats) = self.seats.get_mut(&row.id) else {
            return Err(Error::fault(format!("training {} has no count of seats", row.id)));
        };
        let held = self.held.entry(physician).or_default();
        let facts = Facts {
            state: row.state.parse::<State>().map_err(Error::fault)?,
            window: window(row.recruits_from, row.recruits_until),
            held: HeldAt { starts_at: row.starts_at, ends_at: row.ends_at },
            seats: Seats { capacity: seats.capacity.into(), taken: seats.taken.into() },
            has_seat: held.iter().any(|other| other.training == row.id),
            overlap: overlap(held, row, &self.trainings),
        };
        if let Err(refusal) = rules::check(&facts, asked.cx.now) {
            return Ok(Err(refusal));
        }
        seats.taken += 1;
        seats.last_order += 1;
        let signup = asked.signup(row, seats.last_order);
        let name = self.names.get(&physician).map_or("", String::as_str);
        self.letters.push(letters::confirmed(&asked.cx, row, asked.claim.physician, name)?);
        held.push(signup.clone());
        let seat = Seat { signup: signup.id.into(), order: signup.order_number };
        self.given.push(signup);
        Ok(Ok(seat))
    }

    /// Writes the seats that were given, their audit entries and letters.
    ///
    /// # Errors
    /// A fault of the database, also when the count is not what was locked: nothing may be committed then.
    pub(super) async fn close(self, tx: &mut Tx<'_>, asked: &[Asked]) -> Result<()> {
        let Some(first) = asked.first().filter(|_| !self.given.is_empty()) else { return Ok(()) };
        let by: HashMap<(Uuid, Uuid), &Asked> = asked
            .iter()
            .rev()
            .map(|one| ((one.claim.training.into(), one.claim.physician.into()), one))
            .collect();
        let mut counts: HashMap<Uuid, i32> = HashMap::new();
        for row in &self.given {
            *counts.entry(row.training).or_default() += 1;
            let entry = Entry::new("signup.create", "signup", row.id).about(row.physician.into());
            tx.audit(match by.get(&(row.training, row.physician)) {
                Some(asked) => entry.asked_by(&asked.cx),
                None => entry,
            });
        }
        for (training, count) in counts {
            take(tx, training, count).await?;
        }
        let rows = self.given.into_iter().map(|row| signup::ActiveModel::from(row).reset_all());
        signup::Entity::insert_many(rows).exec_without_returning(tx.db()).await?;
        queue_all(&first.cx, tx, self.letters).await
    }
}

async fn by_id(tx: &Tx<'_>, ids: BTreeSet<Uuid>) -> Result<HashMap<Uuid, training::Model>> {
    let rows = training::Entity::find().filter(training::Column::Id.is_in(ids)).all(tx.db()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The confirmed seats of these people in these trainings, and in others between the first hour and the last.
async fn held(
    tx: &Tx<'_>,
    people: &[Uuid],
    trainings: &HashMap<Uuid, training::Model>,
) -> Result<Vec<signup::Model>> {
    let starts_at = trainings.values().map(|row| row.starts_at).min();
    let ends_at = trainings.values().map(|row| row.ends_at).max();
    let (Some(starts_at), Some(ends_at)) = (starts_at, ends_at) else { return Ok(Vec::new()) };
    let meanwhile =
        Condition::all().add(signup::Column::StartsAt.lt(ends_at)).add(signup::Column::EndsAt.gt(starts_at));
    let rows = signup::Entity::find()
        .filter(signup::Column::Physician.is_in(people.iter().copied()))
        .filter(signup::Column::State.eq("confirmed"))
        .filter(
            Condition::any().add(signup::Column::Training.is_in(trainings.keys().copied())).add(meanwhile),
        )
        .order_by_asc(signup::Column::StartsAt)
        .all(tx.db())
        .await?;
    Ok(rows)
}

/// The first of somebody's seats that lies at the hour of this training, in one that is held as planned.
fn overlap(
    held: &[signup::Model],
    row: &training::Model,
    trainings: &HashMap<Uuid, training::Model>,
) -> Option<Overlap> {
    held.iter()
        .filter(|seat| {
            seat.training != row.id && seat.starts_at < row.ends_at && seat.ends_at > row.starts_at
        })
        .filter_map(|seat| trainings.get(&seat.training))
        .find(|other| other.state == State::Approved.name())
        .map(|other| Overlap { title: other.title.clone(), held_on: Day::of(other.starts_at) })
}

/// The names of people.
///
/// # Errors
/// A fault of the database.
pub(super) async fn names(tx: &Tx<'_>, people: Vec<Uuid>) -> Result<HashMap<Uuid, String>> {
    let rows: Vec<(Uuid, String, String)> = physician::Entity::find()
        .select_only()
        .columns([physician::Column::Id, physician::Column::FamilyName, physician::Column::GivenName])
        .filter(physician::Column::Id.is_in(people))
        .into_tuple()
        .all(tx.db())
        .await?;
    Ok(rows.into_iter().map(|(id, family, given)| (id, full_name(&family, &given))).collect())
}

/// Takes seats; the condition holds because the row is locked, and no seat is given twice should it ever not be.
async fn take(tx: &Tx<'_>, training: Uuid, count: i32) -> Result<()> {
    use seat_count::Column as C;
    let taken = seat_count::Entity::update_many()
        .col_expr(C::Taken, Expr::col(C::Taken).add(count))
        .col_expr(C::LastOrder, Expr::col(C::LastOrder).add(i64::from(count)))
        .filter(C::Training.eq(training))
        .filter(Expr::col(C::Taken).add(count).lte(Expr::col(C::Capacity)))
        .exec(tx.db())
        .await?;
    if taken.rows_affected == 1 {
        return Ok(());
    }
    Err(Error::fault(format!("the seats of training {training} are not what was locked")))
}
