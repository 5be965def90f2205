//! The seats of one training under lock, and the steps of its signups.
//!
//! Locks are taken in the order people, training, count of seats, as at the counter. With the count locked nobody else
//! gives, frees or offers a seat of this training until the transaction ends.

use super::{Claim, signup_of};
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::waiting_offer::lists::IN_LINE;
use mamis_rules::base::{PhysicianId, SignupId};
use mamis_rules::flow::training_approval::State as TrainingState;
use mamis_rules::signup::Seats;
use mamis_rules::signup::state::{Act, State};
use mamis_rules::waiting_list::OfferState;
use mamis_schema::{seat_count, signup, training};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

/// A training and its seats, locked until the transaction ends: it is not cancelled or moved meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Hall {
    /// The training.
    pub(crate) training: training::Model,
    count: seat_count::Model,
}

impl Hall {
    /// Locks the training and its seats.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one without seats, as before its first approval; a fault of the database.
    pub(crate) async fn lock(tx: &Tx<'_>, training: Uuid) -> Result<Self> {
        let found = training::Entity::find_by_id(training).lock(LockType::Share).one(tx.db()).await?;
        let count = seat_count::Entity::find_by_id(training).lock(LockType::Update).one(tx.db()).await?;
        match (found, count) {
            (Some(training), Some(count)) => Ok(Self { training, count }),
            _ => Err(Error::NotFound),
        }
    }

    /// The state of the training.
    ///
    /// # Errors
    /// A fault for a word that no rule knows.
    pub(crate) fn state(&self) -> Result<TrainingState> {
        self.training.state.parse().map_err(Error::fault)
    }

    /// The seats as they stand.
    pub(crate) fn seats(&self) -> Seats {
        Seats { capacity: self.count.capacity.into(), taken: self.count.taken.into() }
    }

    /// A signup of this training, as it stands under the lock.
    ///
    /// # Errors
    /// [`Error::NotFound`] for none; a fault of the database.
    pub(crate) async fn signup(&self, tx: &Tx<'_>, id: impl Into<Uuid>) -> Result<signup::Model> {
        signup::Entity::find_by_id(id.into())
            .filter(signup::Column::Training.eq(self.training.id))
            .one(tx.db())
            .await?
            .ok_or(Error::NotFound)
    }

    /// Somebody's signup that waits for a seat or is offered one.
    ///
    /// # Errors
    /// A fault of the database.
    pub(crate) async fn waiting(&self, tx: &Tx<'_>, physician: PhysicianId) -> Result<Option<signup::Model>> {
        Ok(signup::Entity::find()
            .filter(signup::Column::Physician.eq(Uuid::from(physician)))
            .filter(signup::Column::Training.eq(self.training.id))
            .filter(signup::Column::State.is_in([State::Waiting.name(), State::Offered.name()]))
            .one(tx.db())
            .await?)
    }

    /// Whether anybody but this physician waits for a seat.
    ///
    /// # Errors
    /// A fault of the database.
    pub(crate) async fn others_wait(&self, tx: &Tx<'_>, physician: PhysicianId) -> Result<bool> {
        let other = signup::Entity::find()
            .filter(signup::Column::Training.eq(self.training.id))
            .filter(Expr::cust(IN_LINE))
            .filter(signup::Column::Physician.ne(Uuid::from(physician)))
            .one(tx.db())
            .await?;
        Ok(other.is_some())
    }

    /// Takes a step of a signup, and the seat that it holds or frees by it.
    ///
    /// # Errors
    /// [`Error::Stale`] where the step is not possible any more; a fault of the database, also when the count is not
    /// what was locked.
    pub(crate) async fn step(&mut self, cx: &Cx, tx: &Tx<'_>, row: &signup::Model, act: Act) -> Result<()> {
        use signup::Column as S;
        let gone = || Error::Stale("この申込みは、すでに取り消されています。".to_owned());
        let from: State = row.state.parse().map_err(Error::fault)?;
        let to = from.after(act).ok_or_else(gone)?;
        self.hold(tx, i32::from(to.holds_seat()) - i32::from(from.holds_seat()), to).await?;
        let mut change = signup::Entity::update_many()
            .col_expr(S::State, Expr::value(to.name()))
            .col_expr(S::Version, Expr::col(S::Version).add(1))
            .filter(S::Id.eq(row.id))
            .filter(S::State.eq(from.name()));
        if to == State::Confirmed {
            change = change.col_expr(S::OrderNumber, Expr::value(self.count.last_order));
        }
        if to == State::Cancelled {
            change = change.col_expr(S::CancelledAt, Expr::value(cx.now));
        }
        match change.exec(tx.db()).await?.rows_affected {
            0 => Err(gone()),
            _ => Ok(()),
        }
    }

    /// Takes the same step of several signups, with their seats.
    ///
    /// # Errors
    /// A fault when one of them is in another state under the lock; a fault of the database.
    pub(crate) async fn step_all(&mut self, tx: &Tx<'_>, ids: &[Uuid], from: State, act: Act) -> Result<()> {
        use signup::Column as S;
        let to = from.after(act).ok_or_else(|| Error::fault(format!("a signup {from} has no step {act}")))?;
        let each = i32::from(to.holds_seat()) - i32::from(from.holds_seat());
        self.hold(tx, i32::try_from(ids.len()).map_err(Error::fault)? * each, to).await?;
        let moved = signup::Entity::update_many()
            .col_expr(S::State, Expr::value(to.name()))
            .col_expr(S::Version, Expr::col(S::Version).add(1))
            .filter(S::Id.is_in(ids.iter().copied()))
            .filter(S::State.eq(from.name()))
            .exec(tx.db())
            .await?;
        if moved.rows_affected != ids.len() as u64 {
            return Err(Error::fault("a signup is not what it was under the lock of its seats"));
        }
        Ok(())
    }

    /// Writes a signup with a seat of its own, where one is free.
    ///
    /// # Errors
    /// A fault of the database.
    async fn insert(&mut self, cx: &Cx, tx: &Tx<'_>, physician: PhysicianId) -> Result<SignupId> {
        self.hold(tx, 1, State::Confirmed).await?;
        let claim = Claim { training: self.training.id.into(), physician };
        let row = signup_of(cx, claim, &self.training, self.count.last_order);
        let id = row.id;
        signup::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
        Ok(id.into())
    }

    /// Gives a free seat to somebody at the door, who may stand on the waiting list; none when there is none.
    ///
    /// # Errors
    /// A fault of the database.
    pub(crate) async fn admit(
        &mut self,
        cx: &Cx,
        tx: &Tx<'_>,
        physician: PhysicianId,
    ) -> Result<Option<SignupId>> {
        let waiting = self.waiting(tx, physician).await?;
        let holds = waiting.as_ref().is_some_and(|row| row.state == State::Offered.name());
        if !holds && self.seats().free() == 0 {
            return Ok(None);
        }
        let Some(row) = waiting else { return Ok(Some(self.insert(cx, tx, physician).await?)) };
        if holds {
            crate::waiting_offer::actions::close_open(cx, tx, vec![row.id], OfferState::Accepted).await?;
        }
        self.step(cx, tx, &row, Act::Accept).await?;
        Ok(Some(row.id.into()))
    }

    /// Writes somebody on the waiting list.
    ///
    /// # Errors
    /// A fault of the database.
    pub(super) async fn wait(&mut self, cx: &Cx, tx: &Tx<'_>, physician: PhysicianId) -> Result<SignupId> {
        use seat_count::Column as C;
        self.count.last_waiting += 1;
        seat_count::Entity::update_many()
            .col_expr(C::LastWaiting, Expr::value(self.count.last_waiting))
            .filter(C::Training.eq(self.training.id))
            .exec(tx.db())
            .await?;
        let claim = Claim { training: self.training.id.into(), physician };
        let row = signup::Model {
            state: State::Waiting.name().to_owned(),
            waiting_number: Some(self.count.last_waiting),
            ..signup_of(cx, claim, &self.training, 0)
        };
        let id = row.id;
        signup::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
        Ok(id.into())
    }

    /// Counts seats that are held from now on, or free again; a seat of one's own has the next order number.
    ///
    /// # Errors
    /// A fault when the count is not what was locked: nothing may be committed then.
    async fn hold(&mut self, tx: &Tx<'_>, seats: i32, to: State) -> Result<()> {
        use seat_count::Column as C;
        let orders = i64::from(to == State::Confirmed);
        if seats == 0 && orders == 0 {
            return Ok(());
        }
        let mut change = seat_count::Entity::update_many()
            .col_expr(C::Taken, Expr::col(C::Taken).add(seats))
            .col_expr(C::LastOrder, Expr::col(C::LastOrder).add(orders))
            .filter(C::Training.eq(self.training.id))
            .filter(Expr::col(C::Taken).add(seats).gte(0));
        if seats > 0 {
            change = change.filter(Expr::col(C::Taken).add(seats).lte(Expr::col(C::Capacity)));
        }
        if change.exec(tx.db()).await?.rows_affected != 1 {
            let id = self.training.id;
            return Err(Error::fault(format!("the seats of training {id} are not what was locked")));
        }
        self.count.taken += seats;
        self.count.last_order += orders;
        Ok(())
    }
}
