//! Questions about duties and the offices they are at.

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::officer;
use mamis_rules::access::officer::{Hand, WorksFor, may_appoint};
use mamis_rules::access::{Actor, Duty};
use mamis_rules::association::Host;
use mamis_rules::base::{Day, DutyId, OfficerId};
use mamis_rules::duty::{Span, first_gap};
use mamis_schema::{account, association, association_ancestor, duty, officer as person, organizer};
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};
use uuid::Uuid;

/// Offices to choose from, and officers of one office.
const MOST: u64 = 300;

/// An office where somebody can have duties.
#[derive(Clone, Debug)]
pub struct Seat {
    /// The office and those above it, for the rules.
    pub works_for: WorksFor,
    /// Its name.
    pub name: String,
}

/// A duty of an officer.
#[derive(Clone, Debug)]
pub struct Line {
    /// The row.
    pub row: duty::Model,
    /// What.
    pub kind: Duty,
    /// Where.
    pub office: String,
    /// For whom a deputy stands in; empty for a duty of one's own.
    pub deputy_of: String,
    /// Whether this actor may end it: not when it has ended, and not at other offices.
    pub may_end: bool,
}

impl Line {
    /// Its days.
    pub fn span(&self) -> Span {
        span(&self.row)
    }

    /// The duty.
    pub fn id(&self) -> DutyId {
        self.row.id.into()
    }
}

/// The days of a duty.
pub(crate) fn span(row: &duty::Model) -> Span {
    Span { from: row.valid_from.into(), until: row.valid_until.map(Day::from) }
}

/// The duties at an office.
pub(crate) fn at_office(at: Host) -> Condition {
    let at = match at {
        Host::Association(id) => duty::Column::Association.eq(Uuid::from(id)),
        Host::Organizer(id) => duty::Column::Organizer.eq(Uuid::from(id)),
    };
    Condition::all().add(at)
}

/// The office of a duty.
pub(crate) fn host_of(row: &duty::Model) -> Result<Host> {
    Host::stored(row.association, row.organizer)
        .ok_or_else(|| Error::fault(format!("duty {} has no office", row.id)))
}

/// An office by its id.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn seat(db: &impl ConnectionTrait, at: Host) -> Result<Seat> {
    let (name, above) = match at {
        Host::Association(id) => {
            let row =
                association::Entity::find_by_id(Uuid::from(id)).one(db).await?.ok_or(Error::NotFound)?;
            let above: Vec<Uuid> = association_ancestor::Entity::find()
                .select_only()
                .column(association_ancestor::Column::Ancestor)
                .filter(association_ancestor::Column::Association.eq(row.id))
                .filter(association_ancestor::Column::Depth.gt(0))
                .into_tuple()
                .all(db)
                .await?;
            (row.name, above.into_iter().map(Into::into).collect())
        }
        Host::Organizer(id) => {
            let row = organizer::Entity::find_by_id(Uuid::from(id)).one(db).await?.ok_or(Error::NotFound)?;
            (row.name, Vec::new())
        }
    };
    Ok(Seat { works_for: WorksFor { at, above }, name })
}

/// An office whose officers the actor may appoint, and as whom.
///
/// # Errors
/// [`Error::NotFound`] when there is none, [`Error::Refused`] when the actor may not.
pub async fn seat_to_fill(cx: &Cx, db: &impl ConnectionTrait, at: Host) -> Result<(Seat, Hand)> {
    let seat = seat(db, at).await?;
    let hand = may_appoint(&cx.actor, &seat.works_for)?;
    Ok((seat, hand))
}

/// The offices to choose from: those that the actor administers, and the associations directly below them.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn seats(cx: &Cx) -> Result<Vec<(Host, String)>> {
    let mut found = Vec::new();
    for at in administered(&cx.actor) {
        found.push((at, seat(cx.db(), at).await?.name));
        let Host::Association(id) = at else { continue };
        let below: Vec<(Uuid, String)> = association::Entity::find()
            .select_only()
            .columns([association::Column::Id, association::Column::Name])
            .filter(association::Column::Parent.eq(Uuid::from(id)))
            .filter(association::Column::ClosedOn.is_null())
            .order_by_asc(association::Column::Code)
            .limit(MOST)
            .into_tuple()
            .all(cx.db())
            .await?;
        found.extend(below.into_iter().map(|(id, name)| (Host::Association(id.into()), name)));
    }
    Ok(found)
}

/// The offices at which the actor may give an officer more duties: those that the actor administers, and those where the
/// officer works under the actor's administration.
///
/// # Errors
/// [`Error::NotFound`] when the actor does not see the officer.
#[crate::boxed]
pub async fn seats_for(cx: &Cx, id: OfficerId) -> Result<Vec<(Host, String)>> {
    let seen = officer::lists::find(cx, cx.db(), id).await?;
    let mut found: Vec<(Host, String)> = Vec::new();
    let there = seen.facts.works_for.iter().map(|office| office.at);
    for at in there.chain(administered(&cx.actor)) {
        let place = seat(cx.db(), at).await?;
        let known = found.iter().any(|(known, _)| *known == at);
        if !known && may_appoint(&cx.actor, &place.works_for).is_ok() {
            found.push((at, place.name));
        }
    }
    Ok(found)
}

/// The offices that somebody administers today.
pub fn administered(actor: &Actor) -> Vec<Host> {
    let mut found: Vec<Host> = Vec::new();
    for held in actor.duties().iter().filter(|held| held.duty == Duty::Administration) {
        if !found.contains(&held.at.host()) {
            found.push(held.at.host());
        }
    }
    found
}

/// Every duty that an officer has, had or will have; the latest first.
///
/// # Errors
/// [`Error::NotFound`] when the actor does not see the officer.
#[crate::boxed]
pub async fn of_officer(cx: &Cx, id: OfficerId) -> Result<(officer::lists::Line, Vec<Line>)> {
    let seen = officer::lists::find(cx, cx.db(), id).await?;
    let rows = duty::Entity::find()
        .filter(duty::Column::Officer.eq(Uuid::from(id)))
        .order_by_desc(duty::Column::ValidFrom)
        .order_by_asc(duty::Column::Kind)
        .limit(MOST)
        .all(cx.db())
        .await?;
    let mut seats: Vec<(Host, Seat)> = Vec::new();
    let mut lines = Vec::new();
    for row in rows {
        let at = host_of(&row)?;
        let known = seats.iter().find(|(known, _)| *known == at).map(|(_, seat)| seat.clone());
        let place = match known {
            Some(place) => place,
            None => {
                // A question an office: an officer has worked for a handful of them.
                let place = seat(cx.db(), at).await?;
                seats.push((at, place.clone()));
                place
            }
        };
        lines.push(line(cx, row, &place)?);
    }
    let names = names(cx, lines.iter().filter_map(|line| line.row.deputy_of).collect()).await?;
    for line in &mut lines {
        let name = names.iter().find(|(id, _)| Some(*id) == line.row.deputy_of);
        line.deputy_of = name.map(|(_, name)| name.clone()).unwrap_or_default();
    }
    Ok((seen, lines))
}

fn line(cx: &Cx, row: duty::Model, place: &Seat) -> Result<Line> {
    let over = row.valid_until.is_some_and(|until| until < cx.today().date());
    Ok(Line {
        kind: row.kind.parse().map_err(Error::fault)?,
        office: place.name.clone(),
        deputy_of: String::new(),
        may_end: !over && may_appoint(&cx.actor, &place.works_for).is_ok(),
        row,
    })
}

async fn names(cx: &Cx, ids: Vec<Uuid>) -> Result<Vec<(Uuid, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = person::Entity::find()
        .select_only()
        .columns([person::Column::Id, person::Column::Name])
        .filter(person::Column::Id.is_in(ids));
    Ok(found.into_tuple().all(cx.db()).await?)
}

/// A duty that the actor may end, with its officer and its office.
///
/// # Errors
/// [`Error::NotFound`] when the actor does not see its officer, [`Error::Refused`] when the actor may not.
pub async fn find(
    cx: &Cx,
    db: &impl ConnectionTrait,
    id: DutyId,
) -> Result<(duty::Model, officer::lists::Line, Seat, Hand)> {
    let row = duty::Entity::find_by_id(Uuid::from(id)).one(db).await?.ok_or(Error::NotFound)?;
    let seen = officer::lists::find(cx, db, row.officer.into()).await?;
    let (seat, hand) = seat_to_fill(cx, db, host_of(&row)?).await?;
    Ok((row, seen, seat, hand))
}

/// The duties of administration at an office of those who can log in.
fn administrations(at: Host) -> Select<duty::Entity> {
    let can_log_in = Query::select()
        .column(account::Column::Officer)
        .from(account::Entity)
        .and_where(account::Column::State.eq("active"))
        .and_where(account::Column::Officer.is_not_null())
        .to_owned();
    duty::Entity::find()
        .filter(at_office(at))
        .filter(duty::Column::Kind.eq(Duty::Administration.name()))
        .filter(duty::Column::Officer.in_subquery(can_log_in))
}

/// The days on which an office has administrators who can log in.
///
/// # Errors
/// A fault of the database.
pub async fn administration(db: &impl ConnectionTrait, at: Host, today: Day) -> Result<Vec<Span>> {
    let rows = administrations(at)
        .filter(duty::Column::ValidUntil.is_null().or(duty::Column::ValidUntil.gte(today.date())))
        .limit(MOST)
        .all(db)
        .await?;
    Ok(rows.iter().map(span).collect())
}

/// Who administers an office today: their ids and names.
///
/// # Errors
/// A fault of the database.
pub async fn administrators(
    db: &impl ConnectionTrait,
    at: Host,
    today: Day,
) -> Result<Vec<(OfficerId, String)>> {
    let ids: Vec<Uuid> = administrations(at)
        .select_only()
        .column(duty::Column::Officer)
        .filter(duty::Column::ValidFrom.lte(today.date()))
        .filter(duty::Column::ValidUntil.is_null().or(duty::Column::ValidUntil.gte(today.date())))
        .limit(MOST)
        .into_tuple()
        .all(db)
        .await?;
    let rows: Vec<(Uuid, String)> = person::Entity::find()
        .select_only()
        .columns([person::Column::Id, person::Column::Name])
        .filter(person::Column::Id.is_in(ids))
        .order_by_asc(person::Column::Kana)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, name)| (id.into(), name)).collect())
}

/// Officers with a duty at an office today or later: ids and names, by reading.
///
/// # Errors
/// A fault of the database.
pub async fn colleagues(db: &impl ConnectionTrait, at: Host, today: Day) -> Result<Vec<(OfficerId, String)>> {
    let there = Query::select()
        .column(duty::Column::Officer)
        .from(duty::Entity)
        .cond_where(at_office(at))
        .and_where(duty::Column::ValidUntil.is_null().or(duty::Column::ValidUntil.gte(today.date())))
        .to_owned();
    let rows: Vec<(Uuid, String)> = person::Entity::find()
        .select_only()
        .columns([person::Column::Id, person::Column::Name])
        .filter(person::Column::Id.in_subquery(there))
        .order_by_asc(person::Column::Kana)
        .limit(MOST)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, name)| (id.into(), name)).collect())
}

/// What an administrator should know about their own offices: one administrator alone, or a day from which there is
/// none. Sentences.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn warnings(cx: &Cx) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for at in administered(&cx.actor) {
        let name = seat(cx.db(), at).await?.name;
        let spans = administration(cx.db(), at, cx.today()).await?;
        let running = spans.iter().filter(|span| span.contains(cx.today())).count();
        if let Some(day) = first_gap(&spans, cx.today()) {
            let day = day.japanese();
            found
                .push(format!("{name}では、{day}から管理の担当者がいなくなります。後任を登録してください。"));
        } else if running == 1 {
            found.push(format!(
                "{name}の管理の担当者は1人だけです。急に休んでも困らないように、もう1人登録してください。"
            ));
        }
    }
    Ok(found)
}
