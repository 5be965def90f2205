//! Trainings that recruit now, with as many free seats as a bench wants, and what became of them.

use anyhow::{Result, ensure};
use chrono::{DateTime, Utc};
use mamis_app::Clock;
use mamis_app::db::Pools;
use uuid::Uuid;

use super::database::on;

/// Rows of one training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seats {
    /// How many there are.
    pub(crate) capacity: i64,
    /// How many the count says are given.
    pub(crate) taken: i64,
    /// Signups that hold a seat.
    pub(crate) confirmed: i64,
}

impl Seats {
    /// Whether rows and count agree and no seat was given twice.
    ///
    /// # Errors
    /// They do not.
    pub(crate) fn check(self) -> Result<()> {
        ensure!(self.confirmed == self.taken && self.taken <= self.capacity, "seats do not add up: {self:?}");
        Ok(())
    }
}

/// Three trainings that recruit now, each with so many seats, none of them given: whoever presses is led to a ticket of
/// that moment, not to one they had. None overlaps another: nobody is refused because of a seat of the same run.
///
/// # Errors
/// A world without three of them.
pub(crate) async fn make_room(pools: &Pools, free: [usize; 3]) -> Result<[Uuid; 3]> {
    let now = Clock::Real.now();
    let find = "select training.id, starts_at, ends_at from training \
                join seat_count on seat_count.training = training.id \
                where training.state = 'approved' and recruits_from < $1 and recruits_until > $1 \
                order by training.held_on desc, training.id limit 500";
    let open: Vec<Slot> = on!(pools, pool => sqlx::query_as(find).bind(now).fetch_all(pool).await?);
    let found: Vec<Uuid> = apart(&open).into_iter().take(3).collect();
    let Ok(trainings) = <[Uuid; 3]>::try_from(found) else {
        anyhow::bail!("the world has fewer than three trainings that recruit at different times");
    };
    for (training, free) in trainings.into_iter().zip(free) {
        let free = i32::try_from(free)?;
        let empty = "update signup set state = 'cancelled', cancelled_at = created_at where training = $1";
        let seats = "update seat_count set taken = 0, capacity = $2 where training = $1";
        let row = "update training set capacity = $2 where id = $1";
        on!(pools, pool => {
            sqlx::query(empty).bind(training).execute(pool).await?;
            sqlx::query(seats).bind(training).bind(free).execute(pool).await?;
            sqlx::query(row).bind(training).bind(free).execute(pool).await?;
        });
    }
    Ok(trainings)
}

/// A training and its hours.
type Slot = (Uuid, DateTime<Utc>, DateTime<Utc>);

/// Those that overlap none before them.
fn apart(open: &[Slot]) -> Vec<Uuid> {
    let mut chosen: Vec<&Slot> = Vec::new();
    for slot in open {
        if chosen.iter().all(|other| other.2 <= slot.1 || slot.2 <= other.1) {
            chosen.push(slot);
        }
    }
    chosen.into_iter().map(|slot| slot.0).collect()
}

/// The rows of a training.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn seats(pools: &Pools, training: Uuid) -> Result<Seats> {
    let query = "select cast(capacity as bigint), cast(taken as bigint), \
                 (select count(*) from signup where signup.training = $1 and state = 'confirmed') \
                 from seat_count where training = $1";
    let (capacity, taken, confirmed) =
        on!(pools, pool => sqlx::query_as(query).bind(training).fetch_one(pool).await?);
    Ok(Seats { capacity, taken, confirmed })
}
