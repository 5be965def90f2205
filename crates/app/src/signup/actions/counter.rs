//! The counter: what is known about the claims of one transaction, and the seats it gives.
//!
//! Physicians are locked first, in the order of their ids, then the trainings and their counts, in the order of theirs,
//! so that two transactions never wait for each other in a ring. With the rows locked, what was read is what will be at
//! the commit: a seat is given in memory, and all of them are written together. A handful of questions and three
//! writes, however many claims there are.
//!
//! Most people in a rush come too late. Whether anybody in line could have a seat is asked without locks first: where
//! nobody can, each answer was true at that moment, and no transaction begins.

use super::super::letters;
use super::{Answer, Asked, Seat};
use crate::audit::Entry;
use crate::cx::Tx;
use crate::db::dialect;
use crate::error::{Error, Result};
use crate::mail::{Letter, queue_all};
use crate::training::standing::window;
use crate::waiting_offer::lists::IN_LINE;
use mamis_rules::base::{Day, full_name};
use mamis_rules::flow::training_approval::{HeldAt, State};
use mamis_rules::signup::state::State as Place;
use mamis_rules::signup::{self as rules, Facts, Overlap, Refusal, Seats};
use mamis_schema::{physician, seat_count, signup, training};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// What the answers to claims depend on, and which seats were given meanwhile.
pub(super) struct Counter {
    trainings: HashMap<Uuid, training::Model>,
    seats: HashMap<Uuid, seat_count::Model>,
    /// Trainings with free seats for which somebody waits.
    waited_for: HashSet<Uuid>,
    /// Signups of the people in line, here and elsewhere at these hours.
    held: HashMap<Uuid, Vec<signup::Model>>,
    given: Vec<Given>,
}

/// A seat that was given, and the claim on it.
struct Given {
    row: signup::Model,
    asked: Asked,
}

impl Counter {
    /// Reads what the claims are about as it stands.
    ///
    /// # Errors
    /// A fault of the database.
    pub(super) async fn look(db: &impl ConnectionTrait, asked: &[Asked]) -> Result<Self> {
        Self::read(db, asked, None).await
    }

    /// Locks what the claims are about and reads it.
    ///
    /// # Errors
    /// A fault of the database.
    pub(super) async fn open(tx: &Tx<'_>, asked: &[Asked]) -> Result<Self> {
        dialect::lock_physicians(tx.db(), &people(asked)).await?;
        // A training is not cancelled or moved while its seats are given.
        Self::read(tx.db(), asked, Some((LockType::Share, LockType::Update))).await
    }

    async fn read(
        db: &impl ConnectionTrait,
        asked: &[Asked],
        locks: Option<(LockType, LockType)>,
    ) -> Result<Self> {
        let wanted: BTreeSet<Uuid> = asked.iter().map(|one| one.claim.training.into()).collect();
        let (of_training, of_seats) = locks.unzip();
        let mut trainings = by_id(db, wanted.clone(), of_training).await?;
        let mut seats = seat_count::Entity::find()
            .filter(seat_count::Column::Training.is_in(wanted))
            .order_by_asc(seat_count::Column::Training);
        if let Some(lock) = of_seats {
            seats = seats.lock(lock);
        }
        let seats = seats.all(db).await?;
        let waited_for = waited_for(db, &seats).await?;
        let held = held(db, &people(asked), &trainings).await?;
        let elsewhere: BTreeSet<Uuid> =
            held.iter().map(|row| row.training).filter(|id| !trainings.contains_key(id)).collect();
        if !elsewhere.is_empty() {
            trainings.extend(by_id(db, elsewhere, None).await?);
        }
        let mut of_person: HashMap<Uuid, Vec<signup::Model>> = HashMap::new();
        for row in held {
            of_person.entry(row.physician).or_default().push(row);
        }
        Ok(Self {
            trainings,
            seats: seats.into_iter().map(|row| (row.training, row)).collect(),
            waited_for,
            held: of_person,
            given: Vec::new(),
        })
    }

    /// Answers the next claim; a seat is given in memory, until [`Counter::close`] writes it.
    ///
    /// # Errors
    /// A fault: a state nobody knows, a training without a count.
    pub(super) fn answer(&mut self, asked: &Asked) -> Result<Answer> {
        let physician: Uuid = asked.claim.physician.into();
        let Some(row) = self.trainings.get(&asked.claim.training.into()) else {
            return Ok(Err(Refusal::NotPublished));
        };
        // A draft has no count of seats yet.
        let taken = self.seats.get(&row.id).map_or((0, 0), |seats| (seats.capacity, seats.taken));
        let held = self.held.entry(physician).or_default();
        let is_here =
            |place: &[Place]| held.iter().any(|other| other.training == row.id && is_in(other, place));
        let facts = Facts {
            state: row.state.parse::<State>().map_err(Error::fault)?,
            window: window(row.recruits_from, row.recruits_until),
            held: HeldAt { starts_at: row.starts_at, ends_at: row.ends_at },
            seats: Seats { capacity: taken.0.into(), taken: taken.1.into() },
            has_seat: is_here(&[Place::Confirmed]),
            is_waiting: is_here(&[Place::Waiting, Place::Offered]),
            others_wait: self.waited_for.contains(&row.id),
            overlap: overlap(held, row, &self.trainings),
        };
        if let Err(refusal) = rules::check(&facts, asked.cx.now) {
            return Ok(Err(refusal));
        }
        let seats = self.seats.get_mut(&row.id).ok_or_else(|| Error::fault("a seat without a count"))?;
        seats.taken += 1;
        seats.last_order += 1;
        let row = asked.signup(row, seats.last_order);
        let seat = Seat { signup: row.id.into(), order: row.order_number };
        held.push(row.clone());
        self.given.push(Given { row, asked: asked.clone() });
        Ok(Ok(seat))
    }

    /// Writes the seats that were given, their audit entries and letters.
    ///
    /// # Errors
    /// A fault of the database, also when the count is not what was locked: nothing may be committed then.
    pub(super) async fn close(self, tx: &mut Tx<'_>) -> Result<()> {
        let Some(cx) = self.given.first().map(|given| given.asked.cx.clone()) else { return Ok(()) };
        let names = names(tx, self.given.iter().map(|given| given.row.physician).collect()).await?;
        let mut counts: HashMap<Uuid, i32> = HashMap::new();
        let (mut rows, mut letters): (Vec<_>, Vec<Letter>) = (Vec::new(), Vec::new());
        for Given { row, asked } in self.given {
            *counts.entry(row.training).or_default() += 1;
            tx.audit(
                Entry::new("signup.create", "signup", row.id)
                    .about(asked.claim.physician)
                    .asked_by(&asked.cx),
            );
            let name = names.get(&row.physician).map_or("", String::as_str);
            if let Some(training) = self.trainings.get(&row.training) {
                letters.push(letters::confirmed(&asked.cx, training, asked.claim.physician, name)?);
            }
            rows.push(signup::ActiveModel::from(row).reset_all());
        }
        for (training, count) in counts {
            take(tx, training, count).await?;
        }
        signup::Entity::insert_many(rows).exec_without_returning(tx.db()).await?;
        queue_all(&cx, tx, letters).await
    }
}

fn people(asked: &[Asked]) -> Vec<Uuid> {
    let people: BTreeSet<Uuid> = asked.iter().map(|one| one.claim.physician.into()).collect();
    people.into_iter().collect()
}

async fn by_id(
    db: &impl ConnectionTrait,
    ids: BTreeSet<Uuid>,
    lock: Option<LockType>,
) -> Result<HashMap<Uuid, training::Model>> {
    let mut found =
        training::Entity::find().filter(training::Column::Id.is_in(ids)).order_by_asc(training::Column::Id);
    if let Some(lock) = lock {
        found = found.lock(lock);
    }
    Ok(found.all(db).await?.into_iter().map(|row| (row.id, row)).collect())
}

fn is_in(row: &signup::Model, place: &[Place]) -> bool {
    place.iter().any(|place| row.state == place.name())
}

/// Those of the trainings with free seats for which somebody waits. Seats that become free are offered at once, so there
/// are none but on the last day, when the office calls.
async fn waited_for(db: &impl ConnectionTrait, seats: &[seat_count::Model]) -> Result<HashSet<Uuid>> {
    let free: Vec<Uuid> =
        seats.iter().filter(|row| row.taken < row.capacity).map(|row| row.training).collect();
    if free.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<Uuid> = signup::Entity::find()
        .select_only()
        .column(signup::Column::Training)
        .distinct()
        .filter(signup::Column::Training.is_in(free))
        .filter(Expr::cust(IN_LINE))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().collect())
}

/// The signups of these people in these trainings, and in others between the first hour and the last.
async fn held(
    db: &impl ConnectionTrait,
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
        .filter(signup::Column::State.is_in(Place::ALIVE.iter().map(|place| place.name())))
        .filter(
            Condition::any().add(signup::Column::Training.is_in(trainings.keys().copied())).add(meanwhile),
        )
        .order_by_asc(signup::Column::StartsAt)
        .all(db)
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
            let meanwhile = seat.starts_at < row.ends_at && seat.ends_at > row.starts_at;
            seat.training != row.id && meanwhile && is_in(seat, &[Place::Confirmed])
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
