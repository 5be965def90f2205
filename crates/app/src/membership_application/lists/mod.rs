//! Questions about procedures of membership.

pub mod body;
pub mod queue;

use super::check::{self, Readiness};
use super::tracker;
use super::{Details, Workplace};
use crate::application::advance::{self, has_somebody};
use crate::application::lists::{self as applications, Frame, frame};
use crate::application::tracker::Tracker;
use crate::association::lists::category::{Words, own_categories};
use crate::cx::Cx;
use crate::decision::{self, On};
use crate::error::{Error, Result};
use crate::membership::lists::{self as membership, Held};
use body::Body;
use mamis_rules::access;
use mamis_rules::access::Duty;
use mamis_rules::access::application::Kind;
use mamis_rules::association::Tier;
use mamis_rules::base::{ApplicationId, Day};
use mamis_rules::flow::membership::{self as flow, Above, Circumstances, Command, First, Standing, Undo};
use mamis_rules::flow::route::{self, Route, Side};
use mamis_rules::flow::{Who, any};
use mamis_schema::{
    application, attachment, decision as decision_row, document, membership_application, physician, workplace,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashSet;
use uuid::Uuid;

/// A procedure of membership with everything that its rules ask.
#[derive(Clone, Debug)]
pub struct Found {
    /// What it shares with every application.
    pub frame: Frame,
    /// What is wanted.
    pub details: Details,
    /// All periods of the person.
    pub held: Vec<Held>,
    /// The associations from the one entered upward; empty where none is chosen.
    pub chain: Vec<Body>,
}

/// The procedure, if the actor may see it.
///
/// # Errors
/// [`Error::NotFound`] when there is none, it is an application of another kind, or it is not theirs to see.
pub async fn find(cx: &Cx, db: &impl ConnectionTrait, id: ApplicationId) -> Result<Found> {
    Found::of(db, frame(cx, db, id).await?).await
}

impl Found {
    /// Adds what is wanted and what is there to a frame that the caller was allowed to load.
    ///
    /// # Errors
    /// [`Error::NotFound`] for other kinds; a fault of the database.
    pub async fn of(db: &impl ConnectionTrait, frame: Frame) -> Result<Self> {
        if flow::workflow(frame.kind).is_none() {
            return Err(Error::NotFound);
        }
        let details = details(db, frame.row.id).await?;
        let held = membership::of_physician(db, frame.row.physician).await?;
        let chain = match details.association {
            Some(association) => body::upward(db, association).await?,
            None => Vec::new(),
        };
        Ok(Self { frame, details, held, chain })
    }

    /// Its id.
    pub fn id(&self) -> ApplicationId {
        self.frame.id()
    }

    /// The route that it would take if it were submitted today.
    ///
    /// # Errors
    /// [`Error::Refused`] where nothing is held or chosen.
    pub fn route(&self, today: Day) -> Result<Route> {
        let held = membership::bodies(&self.held, today);
        let chain: Vec<route::Body> = self.chain.iter().map(|body| (body.id, body.tier)).collect();
        let route = match self.frame.kind {
            Kind::Joining => route::admission(None, &chain, self.details.target.unwrap_or(Tier::Municipal)),
            Kind::Transfer => {
                let highest = held.last().map_or(Tier::Municipal, |(_, tier)| *tier);
                // A district has no office for its municipal members' transfers: the municipal association confirms.
                let former = held.iter().find(|(_, tier)| *tier == Tier::Municipal).or(held.first());
                route::admission(former.copied(), &chain, highest)
            }
            Kind::Leaving => {
                let scope = self.details.scope.unwrap_or(flow::LeavingScope::Everything);
                route::leaving(scope, &held)
            }
            _ => route::change_report(self.details.report(), &held),
        };
        if route.first().is_none() {
            return Err(Error::refused("所属している医師会がないため、この手続きはできません。"));
        }
        Ok(route)
    }
}

/// The row of a procedure.
pub(crate) async fn details(db: &impl ConnectionTrait, application: Uuid) -> Result<Details> {
    let row = membership_application::Entity::find_by_id(application)
        .one(db)
        .await?
        .ok_or_else(|| Error::fault("a procedure of membership without its row"))?;
    Details::of(&row)
}

/// What the conditions of the flow ask, for the party that acts.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn circumstances(
    cx: &Cx,
    db: &impl ConnectionTrait,
    row: &application::Model,
    route: &[advance::Stop],
    who: Who,
) -> Result<Circumstances> {
    let details = details(db, row.id).await?;
    let held = membership::of_physician(db, row.physician).await?;
    Ok(asked(row, &details, &held, route, who, cx.today()))
}

/// The same from what is known already.
fn asked(
    row: &application::Model,
    details: &Details,
    held: &[Held],
    route: &[advance::Stop],
    who: Who,
    today: Day,
) -> Circumstances {
    let deciding = || route.iter().filter(|stop| stop.decides() && stop.side == Side::Current);
    let first = deciding().next().map(|stop| stop.tier);
    let acting = deciding().find(|stop| stop.who() == who);
    let continues = match acting {
        Some(acting) => deciding().any(|stop| stop.tier.is_above(acting.tier)),
        None => deciding().next().is_some(),
    };
    let is_in = acting.is_some_and(|acting| {
        let open = |held: &Held| held.period.association == acting.association && held.period.until.is_none();
        held.iter().any(open)
    });
    let decided = row.decided_at.map(Day::of);
    let open = decided.is_some_and(|day| today <= day.plus_days(flow::UNDO_DAYS));
    Circumstances {
        first: if first == Some(Tier::District) { First::District } else { First::Municipal },
        above: if continues { Above::Continues } else { Above::Ends },
        standing: if is_in { Standing::AlreadyIn } else { Standing::NotYetIn },
        leaving: details.scope,
        report: details.report(),
        cause: details.cause,
        undo: if open { Undo::Open } else { Undo::Over },
    }
}

/// The person whom a procedure is about, and the main workplace.
#[derive(Clone, Debug)]
pub struct Person {
    /// The row.
    pub row: physician::Model,
    /// The main workplace today.
    pub workplace: Option<workplace::Model>,
}

pub(crate) async fn person(db: &impl ConnectionTrait, id: Uuid, today: Day) -> Result<Person> {
    let row = physician::Entity::find_by_id(id).one(db).await?.ok_or(Error::NotFound)?;
    Ok(Person { row, workplace: main_workplace(db, id, today).await? })
}

/// The main workplace of somebody on a day.
pub(crate) async fn main_workplace(
    db: &impl ConnectionTrait,
    physician: Uuid,
    on: Day,
) -> Result<Option<workplace::Model>> {
    use workplace::Column as W;
    Ok(workplace::Entity::find()
        .filter(W::Physician.eq(physician))
        .filter(W::Main.eq(true))
        .filter(W::ValidFrom.lte(on.date()))
        .filter(W::ValidUntil.is_null().or(W::ValidUntil.gte(on.date())))
        .order_by_desc(W::ValidFrom)
        .one(db)
        .await?)
}

impl From<&workplace::Model> for Workplace {
    fn from(row: &workplace::Model) -> Self {
        Self {
            name: row.name.clone(),
            postal_code: row.postal_code.clone().unwrap_or_default(),
            address: row.address.clone().unwrap_or_default(),
            prefecture: row.prefecture,
        }
    }
}

/// A draft or returned procedure with all that its page says.
#[derive(Clone, Debug)]
pub struct Open {
    /// The procedure.
    pub found: Found,
    /// Whom it is about.
    pub person: Person,
    /// Uploads.
    pub papers: Vec<attachment::Model>,
    /// What keeps it from being sent, and what to know besides.
    pub readiness: Readiness,
    /// Why it was returned, and by whom.
    pub returned: Option<decision_row::Model>,
}

/// A draft or returned procedure of the actor.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] when it does not lie with the applicant or is another's.
pub async fn open(cx: &Cx, db: &impl ConnectionTrait, id: ApplicationId) -> Result<Open> {
    let found = find(cx, db, id).await?;
    access::application::may_apply(&cx.actor, &found.frame.facts)?;
    if !found.frame.is_with_applicant() {
        return Err(Error::refused(
            "この手続きはすでに送られています。進みぐあいのページで確認してください。",
        ));
    }
    let today = cx.today();
    let person = person(db, found.frame.row.physician, today).await?;
    let papers = applications::papers(db, id).await?;
    let others = others_running(db, &found).await?;
    let readiness = check::check(&found, &person, &papers, others, today);
    let history = decision::history(db, On::Application(id)).await?;
    let returned = history.into_iter().rev().find(|row| row.command == Command::Return.name());
    Ok(Open { found, person, papers, readiness, returned })
}

/// The other procedures under way that must end first: of joining, transfer and leaving one runs at a time, and a
/// change of category waits for them. Drafts do not count, nor do reports that change no category.
async fn others_running(db: &impl ConnectionTrait, found: &Found) -> Result<Vec<Kind>> {
    use application::Column as A;
    if found.frame.kind == Kind::ChangeReport && found.details.categories.is_empty() {
        return Ok(Vec::new());
    }
    let kinds = Kind::of(Duty::Membership).iter().map(|kind| kind.name());
    let rows: Vec<(Uuid, String)> = application::Entity::find()
        .select_only()
        .columns([A::Id, A::Kind])
        .filter(A::Physician.eq(found.frame.row.physician))
        .filter(A::Kind.is_in(kinds))
        .filter(A::State.is_not_in(any::FINISHED.iter().copied()))
        .filter(A::State.ne(flow::State::Draft.name()))
        .filter(A::Id.ne(found.frame.row.id))
        .limit(20)
        .into_tuple()
        .all(db)
        .await?;
    let mut running = Vec::new();
    for (id, kind) in rows {
        let kind: Kind = kind.parse().map_err(Error::fault)?;
        if kind != Kind::ChangeReport || !details(db, id).await?.categories.is_empty() {
            running.push(kind);
        }
    }
    Ok(running)
}

/// Whether a change of category of this person is under way.
pub(crate) async fn changes_category(db: &impl ConnectionTrait, physician: Uuid) -> Result<bool> {
    use application::Column as A;
    let running: Vec<Uuid> = application::Entity::find()
        .select_only()
        .column(A::Id)
        .filter(A::Physician.eq(physician))
        .filter(A::Kind.eq(Kind::ChangeReport.name()))
        .filter(A::State.is_not_in(any::FINISHED.iter().copied()))
        .limit(20)
        .into_tuple()
        .all(db)
        .await?;
    for id in running {
        if !details(db, id).await?.categories.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The procedures that somebody can begin today, each with the sentence that says what it is for.
pub fn beginnings(held: &[Held], today: Day) -> Vec<Kind> {
    let tiers: Vec<Tier> = membership::bodies(held, today).into_iter().map(|(_, tier)| tier).collect();
    let mut kinds = Vec::new();
    if !tiers.contains(&Tier::National) {
        kinds.push(Kind::Joining);
    }
    if !tiers.is_empty() {
        kinds.extend([Kind::ChangeReport, Kind::Transfer, Kind::Leaving]);
    }
    kinds
}

/// A procedure under way with all that its page says.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The procedure.
    pub found: Found,
    /// Whom it is about.
    pub person: Person,
    /// Uploads.
    pub papers: Vec<attachment::Model>,
    /// The decisions, oldest first.
    pub history: Vec<decision_row::Model>,
    /// The progress line, the same for the physician and every office.
    pub tracker: Tracker,
    /// The commands that the actor's office can give now.
    pub commands: Vec<Command>,
    /// The association that can take back a finished leaving, where the actor may.
    pub undo: Option<advance::Stop>,
    /// The associations' own words for the categories.
    pub words: Words,
}

impl Progress {
    /// The category wanted at a tier, with the own word of the association entered, or of the one held there.
    pub fn wanted(&self, tier: Tier, today: Day) -> Option<String> {
        let category = *self.found.details.categories.get(tier.name())?;
        let on = self.found.details.effective_on.unwrap_or(today);
        let entered = self.found.chain.iter().find(|body| body.tier == tier).map(|body| body.id);
        let held = || {
            let mut periods = self.found.held.iter().map(|held| &held.period);
            periods.rfind(|period| period.tier == tier).map(|period| period.association)
        };
        Some(match entered.or_else(held) {
            Some(id) => self.words.of(id, category, on),
            None => category.label().to_owned(),
        })
    }
}

/// The page of a procedure, for the physician and for every office on its route.
///
/// # Errors
/// [`Error::NotFound`] when there is none or it is not theirs to see.
#[crate::boxed]
pub async fn progress(cx: &Cx, id: ApplicationId) -> Result<Progress> {
    let found = find(cx, cx.db(), id).await?;
    let (db, today) = (cx.db(), cx.today());
    let person = person(db, found.frame.row.physician, today).await?;
    let papers = applications::papers(db, id).await?;
    let history = decision::history(db, On::Application(id)).await?;
    let nobody = match found.frame.pending() {
        Some(stop) => !has_somebody(db, Duty::Membership, today, stop.association).await?,
        None => false,
    };
    let tracker = tracker::build(&found, &history, nobody);
    let commands = commands(cx, &found)?;
    let undo = undo(cx, &found)?;
    let named = found.chain.iter().map(|body| body.id);
    let named = named.chain(found.held.iter().map(|held| held.period.association)).map(Uuid::from);
    let words = own_categories(db, named.collect::<HashSet<_>>()).await?;
    Ok(Progress { found, person, papers, history, tracker, commands, undo, words })
}

fn state(found: &Found) -> Result<flow::State> {
    found.frame.row.state.parse().map_err(Error::fault)
}

/// What the actor can do now: as the office whose turn it is, or as the applicant.
fn commands(cx: &Cx, found: &Found) -> Result<Vec<Command>> {
    let Some(workflow) = flow::workflow(found.frame.kind) else { return Ok(Vec::new()) };
    let route: Vec<advance::Stop> = found.frame.route.iter().map(applications::Stop::bare).collect();
    let asked = |who: Who| asked(&found.frame.row, &found.details, &found.held, &route, who, cx.today());
    if cx.actor.physician().is_some() {
        return Ok(flow::commands(workflow, state(found)?, Who::Applicant, asked(Who::Applicant)));
    }
    let pending = found.frame.pending().map(|stop| stop.bare().who());
    match pending.filter(|_| access::application::may_decide(&cx.actor, &found.frame.facts).is_ok()) {
        Some(who) => Ok(flow::commands(workflow, state(found)?, who, asked(who))),
        None => Ok(Vec::new()),
    }
}

/// The stop at which the actor may take back a finished leaving now.
pub(crate) fn undo(cx: &Cx, found: &Found) -> Result<Option<advance::Stop>> {
    if found.frame.kind != Kind::Leaving || state(found)? != flow::State::Approved {
        return Ok(None);
    }
    let route: Vec<advance::Stop> = found.frame.route.iter().map(applications::Stop::bare).collect();
    let mine = route.iter().filter(|stop| {
        let host = mamis_rules::association::Host::Association(stop.association);
        stop.decides() && cx.actor.holds(Duty::Membership, host)
    });
    for stop in mine {
        let with = asked(&found.frame.row, &found.details, &found.held, &route, stop.who(), cx.today());
        let open =
            flow::commands(&mamis_rules::flow::leaving::WORKFLOW, flow::State::Approved, stop.who(), with);
        if open.contains(&Command::Undo) {
            return Ok(Some(*stop));
        }
    }
    Ok(None)
}

/// The joining notice that a finished joining has issued.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn joining_notice(cx: &Cx, found: &Found) -> Result<Option<Uuid>> {
    use document::Column as D;
    if found.frame.kind != Kind::Joining || state(found)? != flow::State::Approved {
        return Ok(None);
    }
    Ok(document::Entity::find()
        .select_only()
        .column(D::Id)
        .filter(D::Physician.eq(found.frame.row.physician))
        .filter(D::Kind.eq(access::document::Kind::JoiningNotice.name()))
        .filter(D::CreatedAt.gte(found.frame.row.created_at))
        .order_by_asc(D::CreatedAt)
        .into_tuple()
        .one(cx.db())
        .await?)
}
