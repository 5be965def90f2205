//! What the start page of an office shows.

pub mod applications;
pub mod rounds;
pub mod trainings;

use super::{At, associations};
use crate::batch::{Body, ItemResult};
use crate::cx::Cx;
use crate::db::scope;
use crate::error::Result;
use mamis_rules::access::application::Kind;
use mamis_rules::access::{self, Duty};
use mamis_rules::association::Tier;
use mamis_rules::base::Day;
use mamis_rules::flow::Desk as Place;
use mamis_rules::flow::certification::{State, desk, examination_at};
use mamis_schema::{application, batch, batch_item, physician};
use rounds::{Calendar, Deadline};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// Everything on the start page.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// Applications for certification by state, in the order of the way.
    pub stages: Vec<Stage>,
    /// Every application under way that the actor sees, wherever it lies, in the order of the way.
    pub under_way: Vec<(State, u64)>,
    /// Applications whose day has passed.
    pub overdue: u64,
    /// The next closing days and board days of the actor's associations.
    pub deadlines: Vec<Deadline>,
    /// Batches that wait for a meeting or for going up.
    pub batches: Vec<OpenBatch>,
    /// Applications that lie at an association below where nobody is in charge.
    pub unattended: u64,
    /// Procedures of membership on the desk, by kind.
    pub procedures: Vec<Procedures>,
    /// Procedures of membership at an association below where nobody is in charge.
    pub procedures_unattended: u64,
    /// What is to be done about trainings, by kind.
    pub training_work: Vec<trainings::Work>,
    /// The trainings that the actor's offices hold today.
    pub trainings_today: Vec<trainings::Waiting>,
    /// The first trainings and reports to decide about.
    pub trainings: Vec<trainings::Waiting>,
    /// Physicians without a verified address, to whom letters go by post.
    pub without_email: Option<u64>,
    /// Letters that the office has to post.
    pub post_letters: u64,
    /// Licences of registrations that the office has to compare.
    pub registrations: u64,
    /// External organizers that ask to be registered.
    pub organizers: u64,
}

/// The applications on the desk in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The state.
    pub state: State,
    /// How many.
    pub count: u64,
    /// Since when the oldest of them waits.
    pub oldest: Option<Day>,
}

/// The procedures of membership of one kind on the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Procedures {
    /// The kind.
    pub kind: Kind,
    /// How many.
    pub count: u64,
    /// Since when the oldest of them waits.
    pub oldest: Option<Day>,
}

/// A batch that is not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenBatch {
    /// The batch.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// collecting or decided.
    pub state: String,
    /// board or committee.
    pub body: String,
    /// At which tier; the national one approves, the others submit upward.
    pub tier: Tier,
    /// Applications in it that are open.
    pub open: u64,
}

/// The desk of the actor.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn desk_of(cx: &Cx) -> Result<Desk> {
    let certification = associations(&cx.actor, Duty::Certification);
    let mut found = Desk::default();
    if !certification.is_empty() {
        let calendar = rounds::calendar(cx, &certification).await?;
        found.stages = stages(cx, &certification).await?;
        found.under_way = under_way(cx).await?;
        found.overdue = overdue(cx, &certification, &calendar).await?;
        found.deadlines = calendar.deadlines(cx.today());
        found.batches = open_batches(cx, &certification).await?;
        found.unattended = unattended(cx, &certification, Duty::Certification).await?;
    }
    let membership = associations(&cx.actor, Duty::Membership);
    if !membership.is_empty() {
        found.procedures = procedures(cx, &membership).await?;
        found.procedures_unattended = unattended(cx, &membership, Duty::Membership).await?;
        found.registrations = crate::registration::lists::waiting(cx, &membership).await?;
        found.without_email = Some(without_email(cx).await?);
    }
    if cx.actor.duties().iter().any(|held| held.duty == Duty::Training) {
        found.training_work = trainings::work(cx).await?;
        found.trainings_today = trainings::today(cx).await?;
        found.trainings = trainings::waiting(cx).await?;
        found.organizers = crate::organizer::lists::waiting(cx).await?;
    }
    if access::post_letter::may_post(&cx.actor).is_ok() {
        found.post_letters = crate::post_letter::lists::waiting(cx).await?;
    }
    Ok(found)
}

fn ids(offices: &[At]) -> Vec<Uuid> {
    offices.iter().map(|at| at.id.into()).collect()
}

/// The states in which an application lies on the desk of an office at one of these tiers.
pub fn states_at(tiers: &[Tier]) -> Vec<State> {
    let on_desk = |state: &State| matches!(desk(*state), Place::Tier(tier) if tiers.contains(&tier));
    State::ALL.iter().copied().filter(on_desk).collect()
}

async fn stages(cx: &Cx, offices: &[At]) -> Result<Vec<Stage>> {
    let rows: Vec<(String, i64, Option<chrono::DateTime<chrono::Utc>>)> = application::Entity::find()
        .select_only()
        .column(application::Column::State)
        .column_as(application::Column::Id.count(), "count")
        .column_as(application::Column::WaitingSince.min(), "oldest")
        .filter(application::Column::Desk.is_in(ids(offices)))
        .filter(application::Column::Kind.eq(Kind::Certification.name()))
        .group_by(application::Column::State)
        .into_tuple()
        .all(cx.db())
        .await?;
    let tiers: Vec<Tier> = offices.iter().map(|at| at.tier).collect();
    let stage = |state: State| {
        let row = rows.iter().find(|row| row.0 == state.name());
        Stage {
            state,
            count: row.map_or(0, |row| u64::try_from(row.1).unwrap_or(0)),
            oldest: row.and_then(|row| row.2).map(Day::of),
        }
    };
    Ok(states_at(&tiers).into_iter().map(stage).collect())
}

/// Counted over what lies on a desk, which the index on it finds without the finished ones.
async fn under_way(cx: &Cx) -> Result<Vec<(State, u64)>> {
    let rows: Vec<(String, i64)> = application::Entity::find()
        .select_only()
        .column(application::Column::State)
        .column_as(application::Column::Id.count(), "count")
        .filter(scope::applications(&access::application::visible_to(&cx.actor)))
        .filter(application::Column::Kind.eq(access::application::Kind::Certification.name()))
        .filter(application::Column::Desk.is_not_null())
        .group_by(application::Column::State)
        .into_tuple()
        .all(cx.db())
        .await?;
    let count = |state: State| rows.iter().find(|row| row.0 == state.name()).map_or(0, |row| row.1);
    let tiers = [Tier::Municipal, Tier::Prefectural, Tier::National];
    let counted =
        states_at(&tiers).into_iter().map(|state| (state, u64::try_from(count(state)).unwrap_or(0)));
    Ok(counted.filter(|(_, count)| *count > 0).collect())
}

async fn procedures(cx: &Cx, offices: &[At]) -> Result<Vec<Procedures>> {
    let rows: Vec<(String, i64, Option<chrono::DateTime<chrono::Utc>>)> = application::Entity::find()
        .select_only()
        .column(application::Column::Kind)
        .column_as(application::Column::Id.count(), "count")
        .column_as(application::Column::WaitingSince.min(), "oldest")
        .filter(application::Column::Desk.is_in(ids(offices)))
        .filter(application::Column::Kind.ne(Kind::Certification.name()))
        .group_by(application::Column::Kind)
        .into_tuple()
        .all(cx.db())
        .await?;
    let of_kind = |kind: &Kind| {
        let (_, count, oldest) = rows.iter().find(|row| row.0 == kind.name())?;
        let count = u64::try_from(*count).unwrap_or(0);
        Some(Procedures { kind: *kind, count, oldest: oldest.map(Day::of) })
    };
    Ok(Kind::of(Duty::Membership).iter().filter_map(of_kind).collect())
}

async fn overdue(cx: &Cx, offices: &[At], calendar: &Calendar) -> Result<u64> {
    let late = offices.iter().filter_map(|at| {
        let closed = calendar.last_overdue(at.id, cx.today())?;
        Some(
            application::Column::Desk
                .eq(Uuid::from(at.id))
                .and(application::Column::WaitingSince.lt(rounds::end_of(closed))),
        )
    });
    let any = late.fold(Condition::any(), Condition::add);
    if any.is_empty() {
        return Ok(0);
    }
    let examined: Vec<&str> =
        offices.iter().filter_map(|at| examination_at(at.tier)).map(State::name).collect();
    Ok(application::Entity::find()
        .filter(any)
        .filter(application::Column::State.is_in(examined))
        .count(cx.db())
        .await?)
}

async fn open_batches(cx: &Cx, offices: &[At]) -> Result<Vec<OpenBatch>> {
    let rows = batch::Entity::find()
        .filter(batch::Column::Association.is_in(ids(offices)))
        .filter(batch::Column::State.ne("submitted"))
        .order_by_asc(batch::Column::CreatedAt)
        .limit(50)
        .all(cx.db())
        .await?;
    let counts: Vec<(Uuid, String, i64)> = batch_item::Entity::find()
        .select_only()
        .column(batch_item::Column::Batch)
        .column(batch_item::Column::Result)
        .column_as(batch_item::Column::Application.count(), "count")
        .filter(batch_item::Column::Batch.is_in(rows.iter().map(|row| row.id)))
        .filter(batch_item::Column::Result.is_in(ItemResult::OPEN.map(ItemResult::name)))
        .group_by(batch_item::Column::Batch)
        .group_by(batch_item::Column::Result)
        .into_tuple()
        .all(cx.db())
        .await?;
    let open = rows.into_iter().filter_map(|row| {
        let body: Body = row.body.parse().ok()?;
        let is_open = |result: &str| result.parse().is_ok_and(|result: ItemResult| result.is_open(body));
        let of_batch = counts.iter().filter(|(id, result, _)| *id == row.id && is_open(result));
        let count: i64 = of_batch.map(|(_, _, count)| *count).sum();
        (count > 0).then(|| OpenBatch {
            id: row.id,
            number: row.number,
            state: row.state,
            body: row.body,
            tier: offices
                .iter()
                .find(|at| Uuid::from(at.id) == row.association)
                .map_or(Tier::National, |at| at.tier),
            open: u64::try_from(count).unwrap_or(0),
        })
    });
    Ok(open.collect())
}

/// Applications that have stopped below the actor's associations because nobody is in charge there.
pub fn nobody_in_charge(offices: &[At], kind: Duty, today: Day) -> Condition {
    use mamis_schema::{association, duty};
    let below = Query::select()
        .column(association::Column::Id)
        .from(association::Entity)
        .and_where(association::Column::Parent.is_in(ids(offices)))
        .to_owned();
    let in_charge = Query::select()
        .expr(Expr::val(1))
        .from(duty::Entity)
        .and_where(
            Expr::col((duty::Entity, duty::Column::Association))
                .equals((application::Entity, application::Column::Desk)),
        )
        .and_where(duty::Column::Kind.eq(kind.name()))
        .and_where(duty::Column::ValidFrom.lte(today.date()))
        .and_where(duty::Column::ValidUntil.is_null().or(duty::Column::ValidUntil.gte(today.date())))
        .to_owned();
    Condition::all()
        .add(application::Column::Kind.is_in(Kind::of(kind).iter().map(|kind| kind.name())))
        .add(application::Column::Desk.in_subquery(below))
        .add(Expr::exists(in_charge).not())
}

async fn unattended(cx: &Cx, offices: &[At], duty: Duty) -> Result<u64> {
    Ok(application::Entity::find().filter(nobody_in_charge(offices, duty, cx.today())).count(cx.db()).await?)
}

async fn without_email(cx: &Cx) -> Result<u64> {
    Ok(physician::Entity::find()
        .filter(scope::physicians(&access::physician::visible_to(&cx.actor), cx.today()))
        .filter(physician::Column::EmailVerifiedAt.is_null())
        .filter(physician::Column::DeceasedOn.is_null())
        .count(cx.db())
        .await?)
}
