//! Who is in the room.

pub(super) mod people;

use crate::cx::Cx;
use crate::error::Result;
use crate::training::standing;
use chrono::{DateTime, Utc};
use mamis_rules::access;
use mamis_rules::base::TrainingId;
use sea_orm::{FromQueryResult, Statement};

/// Somebody who checked in.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Present {
    /// As typed.
    pub family_name: String,
    /// As typed.
    pub given_name: String,
    /// Check-in.
    pub in_at: Option<DateTime<Utc>>,
    /// Check-out.
    pub out_at: Option<DateTime<Utc>>,
}

/// The people who checked in, at most 100, and how many have altogether.
#[derive(Clone, Debug)]
pub struct Room {
    /// Those who are still in first; among them the last ones.
    pub people: Vec<Present>,
    /// How many checked in.
    pub checked_in: i64,
    /// How many of them have not checked out.
    pub present: i64,
    /// How many are signed up.
    pub signed_up: i64,
}

/// Who is in.
///
/// # Errors
/// [`crate::Error::NotFound`], or a refusal for anybody but the host's officers.
#[crate::boxed]
pub async fn room(cx: &Cx, id: TrainingId) -> Result<Room> {
    let standing = standing::load(cx, cx.db(), id).await?;
    access::training::may_receive(&cx.actor, &standing.facts())?;
    let backend = cx.db().get_database_backend();
    let training = standing.row.id;
    let people = Statement::from_sql_and_values(
        backend,
        "select p.family_name, p.given_name, a.in_at, a.out_at from attendance a join physician p on p.id = a.physician
          where a.training = $1 and a.in_at is not null order by case when a.out_at is null then 0 else 1 end, a.in_at desc, a.id limit 100",
        [training.into()],
    );
    #[derive(FromQueryResult)]
    struct Counts {
        checked_in: i64,
        present: i64,
        signed_up: i64,
    }
    let counts = Statement::from_sql_and_values(
        backend,
        "select (select count(*) from attendance where training = $1 and in_at is not null) as checked_in,
                (select count(*) from attendance
                  where training = $1 and in_at is not null and out_at is null) as present,
                (select count(*) from signup where training = $1 and state = 'confirmed') as signed_up",
        [training.into()],
    );
    let counts = Counts::find_by_statement(counts).one(cx.db()).await?;
    Ok(Room {
        people: Present::find_by_statement(people).all(cx.db()).await?,
        checked_in: counts.as_ref().map_or(0, |counts| counts.checked_in),
        present: counts.as_ref().map_or(0, |counts| counts.present),
        signed_up: counts.as_ref().map_or(0, |counts| counts.signed_up),
    })
}
