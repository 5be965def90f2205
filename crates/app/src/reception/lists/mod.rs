//! Who is in the room.

pub mod device;
pub(super) mod people;

use crate::cx::Cx;
use crate::error::Result;
use crate::training::lists::hosts;
use crate::training::standing;
use chrono::{DateTime, Utc};
use mamis_rules::access;
use mamis_rules::association::Host;
use mamis_rules::base::TrainingId;
use mamis_rules::flow::training_approval::State;
use mamis_schema::{signup, training};
use sea_orm::sea_query::{Expr, Func, Query};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};
use uuid::Uuid;

/// Somebody who checked in.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Present {
    /// As typed.
    pub family_name: String,
    /// As typed.
    pub given_name: String,
    /// Check-in.
    pub in_at: Option<DateTime<Utc>>,
    /// Check-out; none for somebody who came back.
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

/// A training at whose door the actor may stand.
///
/// # Errors
/// [`crate::Error::NotFound`], or a refusal for anybody but the host's officers.
#[crate::boxed]
pub async fn received(cx: &Cx, id: TrainingId) -> Result<training::Model> {
    let standing = standing::load(cx, cx.db(), id).await?;
    access::training::may_receive(&cx.actor, &standing.facts())?;
    Ok(standing.row)
}

/// Whoever came to a training, and whether somebody who had left was seen coming back.
const CAME: &str = "select a.id, a.physician, a.in_at, a.out_at, exists (
      select 1 from reception_event e where e.training = a.training and e.physician = a.physician
         and e.kind = 'in' and e.at > a.out_at and e.outcome in ('ok', 'again')) and a.corrected_at is null as is_back
   from attendance a where a.training = $1 and a.in_at is not null";

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
        format!(
            "select p.family_name, p.given_name, x.in_at, case when x.is_back then null else x.out_at end as out_at
               from ({CAME}) x join physician p on p.id = x.physician
              order by case when x.out_at is null or x.is_back then 0 else 1 end, x.in_at desc, x.id limit 100"
        ),
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
        format!(
            "select count(*) as checked_in, count(case when x.out_at is null or x.is_back then 1 end) as present,
                    (select count(*) from signup where training = $1 and state = 'confirmed') as signed_up
               from ({CAME}) x"
        ),
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

/// A training whose door is soon or now.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Door {
    /// The training.
    pub id: Uuid,
    /// Its title.
    pub title: String,
    /// First day.
    pub starts_at: DateTime<Utc>,
    /// Where.
    pub venue: String,
    /// Seats given.
    pub signed_up: i64,
}

/// How many days ahead doors are shown: whoever prepares one does so in the week before.
const DAYS_AHEAD: i64 = 7;

/// The trainings that the actor's offices hold from today on for a week, at most 100.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn doors(cx: &Cx) -> Result<Vec<Door>> {
    use training::Column as T;
    let hosts: Vec<Host> = hosts(cx).await?.into_iter().map(|(host, _)| host).collect();
    let associations = hosts.iter().filter_map(|host| host.columns().0);
    let organizers = hosts.iter().filter_map(|host| host.columns().1);
    let of_hosts =
        Condition::any().add(T::HostAssociation.is_in(associations)).add(T::HostOrganizer.is_in(organizers));
    let seats = Query::select()
        .expr(Func::count(Expr::col((signup::Entity, signup::Column::Id))))
        .from(signup::Entity)
        .and_where(Expr::col((signup::Entity, signup::Column::Training)).equals((training::Entity, T::Id)))
        .and_where(signup::Column::State.eq("confirmed"))
        .to_owned();
    Ok(training::Entity::find()
        .select_only()
        .columns([T::Id, T::Title, T::StartsAt, T::Venue])
        .expr_as(Expr::SubQuery(None, Box::new(seats.into())), "signed_up")
        .filter(of_hosts)
        .filter(T::State.eq(State::Approved.name()))
        .filter(T::HeldOn.gte(cx.today().date()))
        .filter(T::HeldOn.lte(cx.today().plus_days(DAYS_AHEAD).date()))
        .order_by_asc(T::StartsAt)
        .order_by_asc(T::Id)
        .limit(100)
        .into_model::<Door>()
        .all(cx.db())
        .await?)
}
