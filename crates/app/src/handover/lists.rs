//! What is open at an office, and the reports kept.
//!
//! A report names numbers, titles and days, never a physician: its reader may have no duty that shows them. Whoever has
//! the duty opens the links.

use crate::cx::Cx;
use crate::db::scope;
use crate::duty::lists::{Seat, at_office, seat};
use crate::error::{Error, Result};
use mamis_rules::access::{self, Actor, Duty};
use mamis_rules::association::Host;
use mamis_rules::base::{Day, HandoverId, OfficerId};
use mamis_rules::credit::Scheme;
use mamis_rules::flow::training_approval;
use mamis_schema::{application, batch, duty, handover, officer, training};
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Lines of one list of a report; how many more there are stands below it.
const MOST: u64 = 100;

/// What is open at an office, as far as the duties of the one who leaves reach.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// The duties that end, by name.
    pub duties: Vec<Duty>,
    /// Applications on the desk of the office.
    pub applications: Open,
    /// Batches that are being collected or wait for a board.
    pub batches: Open,
    /// Trainings of the office that are not finished, and those that wait for its decision.
    pub trainings: Open,
}

/// One list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// The first of them.
    pub items: Vec<Item>,
    /// How many there are.
    pub total: u64,
}

/// Something open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What people quote.
    pub number: String,
    /// What it is.
    pub what: String,
    /// Where it stands, or since when it waits.
    pub standing: String,
    /// Its page.
    pub link: String,
}

/// The duties that an officer has at an office on that day or later.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn duties_there(
    db: &impl ConnectionTrait,
    id: OfficerId,
    at: Host,
    day: Day,
) -> Result<Vec<duty::Model>> {
    Ok(duty::Entity::find()
        .filter(at_office(at))
        .filter(duty::Column::Officer.eq(Uuid::from(id)))
        .filter(duty::Column::ValidUntil.is_null().or(duty::Column::ValidUntil.gte(day.date())))
        .order_by_asc(duty::Column::Kind)
        .limit(MOST)
        .all(db)
        .await?)
}

/// What is open at an office now.
///
/// # Errors
/// A fault of the database.
pub async fn work(db: &impl ConnectionTrait, at: Host, rows: &[duty::Model]) -> Result<Work> {
    let mut duties: Vec<Duty> = Vec::new();
    for row in rows {
        let kind = row.kind.parse().map_err(Error::fault)?;
        if !duties.contains(&kind) {
            duties.push(kind);
        }
    }
    let mut work = Work { duties, ..Work::default() };
    let has = |duty| work.duties.contains(&duty);
    let (cases, trains) = (has(Duty::Certification) || has(Duty::Membership), has(Duty::Training));
    if let (Host::Association(id), true) = (at, cases) {
        work.applications = applications(db, id.into()).await?;
    }
    if let (Host::Association(id), true) = (at, has(Duty::Certification)) {
        work.batches = batches(db, id.into()).await?;
    }
    if trains {
        work.trainings = trainings(db, at).await?;
    }
    Ok(work)
}

async fn applications(db: &impl ConnectionTrait, at: Uuid) -> Result<Open> {
    use application::Column as A;
    let found = application::Entity::find().filter(A::Desk.eq(at)).filter(A::Number.is_not_null());
    let rows = found.clone().order_by_asc(A::WaitingSince).limit(MOST).all(db).await?;
    let item = |row: application::Model| Item {
        number: row.number.unwrap_or_default(),
        what: row
            .scheme
            .parse::<Scheme>()
            .map_or_else(|_| "会員の手続き".to_owned(), |scheme| format!("{}の認定の申請", scheme.label())),
        standing: row
            .waiting_since
            .map(|since| format!("{}から待っています", Day::of(since).japanese()))
            .unwrap_or_default(),
        link: format!("/applications/{}", row.id),
    };
    Ok(Open { total: found.count(db).await?, items: rows.into_iter().map(item).collect() })
}

async fn batches(db: &impl ConnectionTrait, at: Uuid) -> Result<Open> {
    use batch::Column as B;
    let found = batch::Entity::find().filter(B::Association.eq(at)).filter(B::State.ne("submitted"));
    let rows = found.clone().order_by_asc(B::CreatedAt).limit(MOST).all(db).await?;
    let item = |row: batch::Model| Item {
        number: row.number,
        what: row.scheme.parse::<Scheme>().map(|scheme| scheme.label().to_owned()).unwrap_or(row.scheme),
        standing: match (row.state.as_str(), row.held_on) {
            ("collecting", _) => "申請を集めています".to_owned(),
            (_, Some(on)) => format!("{}に決定、上位の医師会へ未送付", Day::from(on).japanese()),
            (_, None) => "決定済み".to_owned(),
        },
        link: format!("/batches/{}", row.id),
    };
    Ok(Open { total: found.count(db).await?, items: rows.into_iter().map(item).collect() })
}

async fn trainings(db: &impl ConnectionTrait, at: Host) -> Result<Open> {
    use training::Column as T;
    use training_approval::State;
    const OVER: [&str; 3] = [State::Done.name(), State::Cancelled.name(), State::Rejected.name()];
    let own = match at {
        Host::Association(id) => T::HostAssociation.eq(Uuid::from(id)),
        Host::Organizer(id) => T::HostOrganizer.eq(Uuid::from(id)),
    };
    let mut mine = Condition::any().add(Condition::all().add(own).add(T::State.is_not_in(OVER)));
    if let Host::Association(id) = at {
        mine = mine.add(T::Desk.eq(Uuid::from(id)));
    }
    let found: Select<training::Entity> = training::Entity::find().filter(mine);
    let rows = found.clone().order_by_asc(T::HeldOn).limit(MOST).all(db).await?;
    let item = |row: training::Model| Item {
        what: format!("{}（{}）", row.title, Day::from(row.held_on).japanese()),
        standing: row.state.parse::<State>().map(State::label).unwrap_or_default().to_owned(),
        link: format!("/trainings/{}", row.id),
        number: row.number,
    };
    Ok(Open { total: found.count(db).await?, items: rows.into_iter().map(item).collect() })
}

/// A report that was kept.
#[derive(Clone, Debug)]
pub struct Report {
    /// The row.
    pub row: handover::Model,
    /// Which office.
    pub seat: Seat,
    /// Who leaves.
    pub officer: String,
    /// Who goes on; empty while nobody is named.
    pub successor: String,
    /// What was open.
    pub work: Work,
}

impl Report {
    /// The lists with their titles, in the order in which they are read.
    pub fn lists(&self) -> [(&'static str, &Open); 3] {
        [
            ("事務局で処理を待っている申請", &self.work.applications),
            ("理事会・一括申請", &self.work.batches),
            ("終わっていない研修会", &self.work.trainings),
        ]
    }
}

/// The reports that the actor sees: those about officers they see, and those made for themselves.
fn visible(cx: &Cx) -> Condition {
    let officers = Query::select()
        .column(officer::Column::Id)
        .from(officer::Entity)
        .cond_where(scope::officers(&access::officer::visible_to(&cx.actor)))
        .to_owned();
    let seen = Condition::any().add(handover::Column::Officer.in_subquery(officers));
    match &cx.actor {
        Actor::Officer { officer, duties, .. } if !duties.is_empty() => {
            seen.add(handover::Column::Successor.eq(Uuid::from(*officer)))
        }
        _ => seen,
    }
}

/// A report.
///
/// # Errors
/// [`Error::NotFound`].
#[crate::boxed]
pub async fn find(cx: &Cx, id: HandoverId) -> Result<Report> {
    let row = handover::Entity::find_by_id(Uuid::from(id))
        .filter(visible(cx))
        .one(cx.db())
        .await?
        .ok_or(Error::NotFound)?;
    let at = Host::stored(row.association, row.organizer)
        .ok_or_else(|| Error::fault(format!("handover {} has no office", row.id)))?;
    Ok(Report {
        seat: seat(cx.db(), at).await?,
        officer: name(cx, Some(row.officer)).await?,
        successor: name(cx, row.successor).await?,
        work: serde_json::from_str(&row.data)?,
        row,
    })
}

async fn name(cx: &Cx, id: Option<Uuid>) -> Result<String> {
    let Some(id) = id else { return Ok(String::new()) };
    let row = officer::Entity::find_by_id(id).one(cx.db()).await?;
    Ok(row.map(|row| row.name).unwrap_or_default())
}

/// The reports about an officer whom the actor sees, the newest first: id, day and maker.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn of_officer(cx: &Cx, id: OfficerId) -> Result<Vec<handover::Model>> {
    Ok(handover::Entity::find()
        .filter(visible(cx))
        .filter(handover::Column::Officer.eq(Uuid::from(id)))
        .order_by_desc(handover::Column::CreatedAt)
        .limit(MOST)
        .all(cx.db())
        .await?)
}
