//! Questions about applications.

pub mod deadline;
mod frame;
pub mod home;
mod lines;
pub mod progress;

use super::{draft, tracker};
pub use frame::{Frame, Stop, frame, kind_of};
pub use lines::{Line, of_physician, with_forecast};
pub(crate) use lines::{lines, read_lines};

use crate::cx::Cx;
use crate::db::asked::{About, ask};
use crate::decision::{self, On};
use crate::error::{Error, Result};
use crate::my::lists::held;
use crate::my::lists::ledger::{self, Ledger};
use crate::my::standing::{self, Claim, Held, Standing};
use deadline::{calendar, place, way_of};
use home::Home;
use mamis_rules::access;
use mamis_rules::base::{ApplicationId, Day, PhysicianId, full_name};
use mamis_rules::certification::deadline::Deadline;
use mamis_rules::credit::{Kind, Scheme, Waiver};
use mamis_rules::flow::certification::State;
use mamis_rules::flow::route::{self, Route};
use mamis_schema::{
    application, attachment, audit_entry, decision as decision_row, physician as physician_row,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// An application with the associations on its route.
#[derive(Clone, Debug)]
pub struct Found {
    /// The row.
    pub row: application::Model,
    /// Its state.
    pub state: State,
    /// Its scheme.
    pub scheme: Scheme,
    /// initial or renewal.
    pub kind: Kind,
    /// The route fixed at submission; empty for a draft.
    pub route: Vec<Stop>,
    /// For the rules of access.
    pub facts: access::application::Facts,
}

/// The application for certification, if the actor may see it.
///
/// # Errors
/// [`Error::NotFound`] when there is none, it is of another kind, or it is not theirs to see.
#[crate::boxed]
pub async fn find(cx: &Cx, id: ApplicationId) -> Result<Found> {
    find_in(cx, cx.db(), id).await
}

/// The same inside a transaction.
///
/// # Errors
/// As [`find`].
pub async fn find_in(cx: &Cx, db: &impl ConnectionTrait, id: ApplicationId) -> Result<Found> {
    Found::of(frame(cx, db, id).await?)
}

impl Found {
    /// The same with the words of certification read.
    ///
    /// # Errors
    /// [`Error::NotFound`] for other kinds; a fault of a row with an unknown word.
    pub fn of(frame: Frame) -> Result<Self> {
        if frame.kind != access::application::Kind::Certification {
            return Err(Error::NotFound);
        }
        Ok(Self {
            scheme: frame.row.scheme.parse().map_err(Error::fault)?,
            kind: frame.row.certification_kind.parse().map_err(Error::fault)?,
            state: frame.row.state.parse().map_err(Error::fault)?,
            route: frame.route,
            facts: frame.facts,
            row: frame.row,
        })
    }

    /// Its id.
    pub fn id(&self) -> ApplicationId {
        self.row.id.into()
    }

    /// Whether it lies with the applicant: a draft, or returned.
    pub fn is_with_applicant(&self) -> bool {
        mamis_rules::flow::certification::desk(self.state) == mamis_rules::flow::Desk::Applicant
    }

    /// What its row claims besides credits.
    fn claim(&self) -> Claim {
        let kind = self.row.waiver.as_deref().and_then(|kind| kind.parse().ok());
        Claim {
            grace: self.row.grace_reason.as_deref().and_then(|reason| reason.parse().ok()),
            waiver: kind.map(|kind| Waiver { kind, date: self.row.waiver_on.map(Day::from) }),
            activity_on: None,
        }
    }
}

/// What an evaluation of one physician looks at.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// All credits.
    pub ledger: Ledger,
    /// The latest certification in each scheme.
    pub held: Vec<Held>,
}

/// The credits and certifications of a physician. One query.
///
/// # Errors
/// A fault of the database.
pub async fn evidence(db: &impl ConnectionTrait, physician: PhysicianId, today: Day) -> Result<Evidence> {
    let backend = db.get_database_backend();
    let lists = [ledger::list(backend), held::list(backend)];
    let [ledger, held] = ask(db, About::physician(physician), lists).await?;
    Ok(Evidence { ledger: ledger::read(&ledger)?, held: held::read(&held, today)? })
}

/// The evidence for an application and what the rules say about it: the same on the draft, on the
/// progress page and in the office.
///
/// # Errors
/// A fault of the database, or when the scheme has no such kind.
pub async fn credits_for(
    db: &impl ConnectionTrait,
    found: &Found,
    today: Day,
) -> Result<(Evidence, Standing)> {
    let evidence = evidence(db, found.row.physician.into(), today).await?.asked_by(found);
    let on = asked_on(db, found, &evidence.held, today).await?;
    let claim = Claim { activity_on: activity_on(db, found).await?, ..found.claim() };
    let standing = evidence
        .standing(found.scheme, found.kind, claim, on)
        .ok_or_else(|| Error::fault(format!("{} has no {}", found.scheme, found.kind)))?;
    Ok((evidence, standing))
}

impl Evidence {
    /// As an application means it: the certification to renew is the one it names, also when the renewal was granted
    /// long ago.
    fn asked_by(mut self, found: &Found) -> Self {
        let Some(named) = found.row.certification.map(Into::into) else { return self };
        for held in &mut self.held {
            if let Some(period) = held.period(named).cloned() {
                *held = period;
            }
        }
        self
    }

    /// What the rules say on a day; `None` when the scheme has no such kind.
    pub fn standing(&self, scheme: Scheme, kind: Kind, claim: Claim, on: Day) -> Option<Standing> {
        standing::of(scheme, kind, &self.held, &self.ledger, claim, on)
    }

    /// The last day of what an application renews; none for an initial one.
    fn expiry_of(&self, found: &Found) -> Option<Day> {
        self.held_in(found.scheme).map(Held::expires_on).filter(|_| found.kind == Kind::Renewal)
    }

    /// The certification of a scheme.
    pub fn held_in(&self, scheme: Scheme) -> Option<&Held> {
        self.held.iter().find(|held| held.scheme == scheme)
    }
}

/// The day on which a proof of activity was uploaded, where the scheme asks for one.
async fn activity_on(db: &impl ConnectionTrait, found: &Found) -> Result<Option<Day>> {
    if !draft::asks_activity(found.scheme, found.kind) {
        return Ok(None);
    }
    let proofs = papers(db, found.id()).await?;
    let proof = proofs.iter().find(|paper| paper.kind == draft::ACTIVITY);
    Ok(proof.map(|paper| Day::of(paper.created_at)))
}

/// The day an application is judged by: today while it lies with the applicant, else the day it was
/// last submitted. Whoever applied in time and was asked to mend something is still in time.
async fn asked_on(db: &impl ConnectionTrait, found: &Found, held: &[Held], today: Day) -> Result<Day> {
    let Some(first) = found.row.submitted_at.map(Day::of) else { return Ok(today) };
    let last = if found.is_with_applicant() {
        today
    } else {
        last_submission(db, found.id()).await?.unwrap_or(first)
    };
    let ends_on = held.iter().find(|held| held.scheme == found.scheme).map(|held| {
        let grace = found.claim().grace.and_then(|_| standing::grace_until(found.scheme, held, today));
        grace.map_or(held.expires_on(), |grace| grace.max(held.expires_on()))
    });
    Ok(match (found.kind, ends_on) {
        (Kind::Renewal, Some(end)) if first <= end => last.min(end),
        _ => last,
    })
}

async fn last_submission(db: &impl ConnectionTrait, id: ApplicationId) -> Result<Option<Day>> {
    use decision_row::Column as D;
    let at = decision_row::Entity::find()
        .select_only()
        .column(D::DecidedAt)
        .filter(D::Application.eq(Uuid::from(id)))
        .filter(D::Command.is_in(["submit", "resubmit"]))
        .order_by_desc(D::DecidedAt)
        .into_tuple::<chrono::DateTime<chrono::Utc>>()
        .one(db)
        .await?;
    Ok(at.map(Day::of))
}

/// The uploads of an application, oldest first.
///
/// # Errors
/// A fault of the database.
pub async fn papers(db: &impl ConnectionTrait, id: ApplicationId) -> Result<Vec<attachment::Model>> {
    Ok(attachment::Entity::find()
        .filter(attachment::Column::Application.eq(Uuid::from(id)))
        .order_by_asc(attachment::Column::CreatedAt)
        .order_by_asc(attachment::Column::Id)
        .limit(50)
        .all(db)
        .await?)
}

/// What a physician can apply for now: the kind that is asked for in each scheme, where nothing runs yet.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn beginnings(cx: &Cx, physician: PhysicianId, lines: &[Line]) -> Result<Vec<(Scheme, Kind)>> {
    let held = held::held(cx.db(), physician, cx.today()).await?;
    let free = |scheme: &&Scheme| !lines.iter().any(|line| line.is_running() && line.scheme == scheme.name());
    let kind = |scheme: &Scheme| {
        let held = held.iter().find(|held| held.scheme == *scheme);
        (*scheme, standing::kind_asked(*scheme, held, cx.today()))
    };
    Ok(standing::CERTIFIED.iter().filter(free).map(kind).collect())
}

/// A draft or returned application with all that its page says.
#[derive(Clone, Debug)]
pub struct Open {
    /// The application.
    pub found: Found,
    /// Where it will go.
    pub home: Home,
    /// Credits and certifications.
    pub evidence: Evidence,
    /// What the rules say today.
    pub standing: Standing,
    /// Uploads.
    pub papers: Vec<attachment::Model>,
    /// The deadline at the desk.
    pub deadline: Deadline,
    /// What keeps it from being submitted, and what to know besides.
    pub readiness: draft::Readiness,
    /// Why it was returned, and by whom.
    pub returned: Option<decision_row::Model>,
}

/// A draft or returned application of the actor.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] when it is another's; [`Error::Stale`] when it does not lie with the
/// applicant any more.
pub async fn open(cx: &Cx, db: &impl ConnectionTrait, id: ApplicationId) -> Result<Open> {
    let found = find_in(cx, db, id).await?;
    access::application::may_apply(&cx.actor, &found.facts)?;
    if !found.is_with_applicant() {
        return Err(Error::Stale(
            "この申請はすでに提出されています。進みぐあいのページで確認してください。".to_owned(),
        ));
    }
    let today = cx.today();
    let physician = PhysicianId::from(found.row.physician);
    let (evidence, standing) = credits_for(db, &found, today).await?;
    let home = home::of(db, physician, today).await?;
    let way = way_of(&found, &home);
    let calendar = calendar(db, found.scheme, &way, today).await?;
    let deadline = calendar.deadline(&way, evidence.expiry_of(&found), today);
    let papers = papers(db, id).await?;
    let facts =
        draft::Facts { email: email(db, physician).await?, others: others_running(db, &found).await? };
    let readiness = draft::check(&found, &home, &papers, &standing, facts);
    let returned = last_return(db, &found).await?;
    Ok(Open { found, home, evidence, standing, papers, deadline, readiness, returned })
}

impl Open {
    /// Name of the association that it is sent to: the desk, or who returned it; empty where there is none.
    pub fn sent_to(&self) -> &str {
        let back = place(self.found.state);
        let back = back.and_then(|tier| self.found.route.iter().find(|stop| stop.tier == tier));
        back.map_or_else(|| self.home.desk().map_or("", |desk| &desk.name), |stop| &stop.name)
    }
}

async fn last_return(db: &impl ConnectionTrait, found: &Found) -> Result<Option<decision_row::Model>> {
    if found.row.submitted_at.is_none() {
        return Ok(None);
    }
    let history = decision::history(db, On::Application(found.id())).await?;
    Ok(history.into_iter().rev().find(|row| row.command == "return"))
}

/// Whether something was mended since an application was returned: in it, in its papers or in the paper credits. One that
/// was never returned has nothing to mend.
///
/// # Errors
/// [`Error::NotFound`]; a fault of the database.
#[crate::boxed]
pub async fn was_mended(cx: &Cx, id: ApplicationId) -> Result<bool> {
    let found = find(cx, id).await?;
    let Some(returned) = last_return(cx.db(), &found).await? else { return Ok(true) };
    use audit_entry::Column as A;
    let mended = audit_entry::Entity::find()
        .filter(A::Physician.eq(found.row.physician))
        .filter(A::At.gt(returned.decided_at))
        .filter(A::Action.is_in(MENDS))
        .count(cx.db())
        .await?;
    Ok(mended > 0)
}

/// The acts that change what an office looks at.
const MENDS: [&str; 6] = [
    "application.save",
    "attachment.keep",
    "attachment.remove",
    "paper_credit.declare",
    "paper_credit.change",
    "paper_credit.remove",
];

/// Whether the physician's address is proved.
async fn email(db: &impl ConnectionTrait, id: PhysicianId) -> Result<draft::Email> {
    let verified = physician_row::Entity::find_by_id(Uuid::from(id))
        .select_only()
        .column(physician_row::Column::EmailVerifiedAt)
        .into_tuple::<Option<chrono::DateTime<chrono::Utc>>>()
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(if verified.is_some() { draft::Email::Verified } else { draft::Email::Unverified })
}

/// How many other applications of the same person and scheme still run; drafts do not.
async fn others_running(db: &impl ConnectionTrait, found: &Found) -> Result<u64> {
    use application::Column as A;
    Ok(application::Entity::find()
        .filter(A::Physician.eq(found.row.physician))
        .filter(A::Scheme.eq(found.row.scheme.clone()))
        .filter(A::State.is_not_in(["draft", "approved", "rejected", "withdrawn"]))
        .filter(A::Id.ne(found.row.id))
        .count(db)
        .await?)
}

/// An application under way with all that its page says.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The application.
    pub found: Found,
    /// Name of the physician.
    pub physician: String,
    /// What the rules say.
    pub standing: Standing,
    /// Credits and certifications.
    pub evidence: Evidence,
    /// Uploads.
    pub papers: Vec<attachment::Model>,
    /// The decisions, oldest first.
    pub history: Vec<decision_row::Model>,
    /// The progress line.
    pub tracker: tracker::Tracker,
}

/// The page of an application, for the physician and for every office on its route.
///
/// # Errors
/// [`Error::NotFound`] when there is none or it is not theirs to see.
#[crate::boxed]
pub async fn progress(cx: &Cx, id: ApplicationId) -> Result<Progress> {
    let found = find(cx, id).await?;
    let db = cx.db();
    let today = cx.today();
    let (evidence, standing) = credits_for(db, &found, today).await?;
    let papers = papers(db, id).await?;
    let history = decision::history(db, On::Application(id)).await?;
    let tracker = progress::tracker(cx, &found, &history, evidence.expiry_of(&found), today).await?;
    let physician = physician_name(db, found.row.physician.into()).await?;
    Ok(Progress { found, physician, standing, evidence, papers, history, tracker })
}

pub(crate) async fn physician_name(db: &impl ConnectionTrait, id: PhysicianId) -> Result<String> {
    use mamis_schema::physician::{Column as P, Entity};
    let (family, given) = Entity::find_by_id(Uuid::from(id))
        .select_only()
        .columns([P::FamilyName, P::GivenName])
        .into_tuple::<(String, String)>()
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(full_name(&family, &given))
}

/// The route that an application of this person would take today.
///
/// # Errors
/// [`Error::Refused`] for a non-member without a workplace.
pub fn route_of(home: &Home) -> Result<Route> {
    route::certification(home.at, home.national).map_err(|refusal| Error::refused(refusal.to_string()))
}
