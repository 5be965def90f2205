//! What my page asks. Few queries: it is the page that everybody opens on the day of a deadline.

pub mod data;
pub mod held;
pub mod ledger;
pub mod registration;

use super::standing::{self, CERTIFIED, Claim, Held, Standing};
use crate::application::lists::deadline::{self, Calendar};
use crate::application::lists::home::{self, Home};
use crate::application::lists::{self as applications, Evidence, Line};
use crate::cx::Cx;
use crate::db::asked::{About, ask};
use crate::error::{Error, Result};
use crate::signup::lists::{UpcomingSignup, read_seats, seats};
use crate::training::lists::{Found as TrainingFound, Gap, bookable};
use chrono::{DateTime, Utc};
use ledger::{Entry, Trust};
use mamis_rules::base::{AssociationId, Credits, Day, FiscalYear, PhysicianId};
use mamis_rules::certification::Standing as Validity;
use mamis_rules::certification::deadline::{Deadline, Last};
use mamis_rules::credit::{Course, Kind, Scheme};
use registration::Proposal;
use std::collections::BTreeMap;

/// Trainings shown on my page.
const SHOWN: usize = 3;

/// Everything on my page.
#[derive(Clone, Debug)]
pub struct MyPage {
    /// One for each scheme somebody holds or works towards; the certified occupational physician first.
    pub headlines: Vec<Headline>,
    /// Trainings that would close the gap of the first headline.
    pub trainings: Vec<TrainingFound>,
    /// Signups ahead, the nearest first.
    pub signups: Vec<UpcomingSignup>,
    /// Applications that run or were decided in the last two months.
    pub applications: Vec<Line>,
    /// The newest credits.
    pub credits: Vec<Entry>,
    /// Where the person applies.
    pub home: Home,
    /// The change of category that was laid ready.
    pub proposal: Option<Proposal>,
}

/// One scheme on top of my page.
#[derive(Clone, Debug)]
pub struct Headline {
    /// What is there and what is missing.
    pub standing: Standing,
    /// The certification whose title was lost; what is asked for is a new one then.
    pub lost: Option<Held>,
    /// Where to send the application: the desk, or the association that returned it.
    pub apply_to: Option<AssociationId>,
    /// The deadline there; none where the scheme has no calendar.
    pub deadline: Option<Deadline>,
    /// The last day on which somebody who was ill or abroad may still apply.
    pub grace_until: Option<Day>,
    /// The first day of a validity that was granted ahead: nothing can be done for the next renewal before it.
    pub begins_on: Option<Day>,
    /// Whether some of what counts was entered by a host and is not confirmed yet.
    pub unconfirmed: bool,
}

/// My page of the physician who asks.
///
/// # Errors
/// [`Error::NotFound`] for anybody else; a fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx) -> Result<MyPage> {
    let physician = cx.actor.physician().ok_or(Error::NotFound)?;
    let Asked { evidence, home, calendars, signups, lines, proposal } = asked(cx, physician).await?;
    let headlines = headlines(&evidence, &home, &calendars, &lines, cx.today());
    let trainings = match headlines.first() {
        Some(headline) if headline.begins_on.is_none() => {
            closing(cx, headline, home.prefecture, &signups).await?
        }
        _ => Vec::new(),
    };
    Ok(MyPage {
        trainings,
        headlines,
        home,
        signups,
        proposal,
        applications: lines.into_iter().filter(|line| is_news(line, cx.now)).collect(),
        credits: evidence.ledger.0.iter().take(5).cloned().collect(),
    })
}

/// What my page reads about the physician.
struct Asked {
    evidence: Evidence,
    home: Home,
    calendars: BTreeMap<Scheme, Calendar>,
    signups: Vec<UpcomingSignup>,
    lines: Vec<Line>,
    proposal: Option<Proposal>,
}

/// One query.
async fn asked(cx: &Cx, physician: PhysicianId) -> Result<Asked> {
    let (db, today) = (cx.db(), cx.today());
    let backend = db.get_database_backend();
    let lists = [
        ledger::list(backend),
        held::list(backend),
        home::list(backend),
        deadline::list(backend, today),
        seats(backend),
        applications::lines(backend, today),
        registration::list(backend),
    ];
    let about = About::physician(physician).on(today);
    let [ledger, held, home, calendars, signups, lines, proposal] = ask(db, about, lists).await?;
    Ok(Asked {
        evidence: Evidence { ledger: ledger::read(&ledger)?, held: held::read(&held, today)? },
        home: home::read(&home)?,
        calendars: deadline::read(&calendars)?,
        signups: read_seats(&signups)?,
        lines: applications::read_lines(&lines)?,
        proposal: registration::read(&proposal)?,
    })
}

/// Withdrawn drafts and old decisions are on the list of applications, not here.
fn is_news(line: &Line, now: DateTime<Utc>) -> bool {
    let recent = line.decided_at.is_some_and(|at| now - at < chrono::Duration::days(60));
    line.is_running() || (recent && line.state != "withdrawn")
}

fn headlines(
    evidence: &Evidence,
    home: &Home,
    calendars: &BTreeMap<Scheme, Calendar>,
    lines: &[Line],
    today: Day,
) -> Vec<Headline> {
    let mut headlines = Vec::new();
    for scheme in CERTIFIED {
        let held = evidence.held_in(*scheme);
        let begun = evidence.ledger.of_scheme(*scheme).next().is_some();
        // The occupational physician is what most people come for: shown to everybody, with how to begin.
        if held.is_some() || begun || *scheme == Scheme::OccupationalPhysician {
            let calendar = calendars.get(scheme).cloned().unwrap_or_default();
            // What was returned goes back to the tier that returned it, and by that one's windows.
            let running = lines.iter().filter(|line| line.is_running()).filter_map(Line::certification);
            let tier = running.filter(|(of, _)| of == scheme).find_map(|(_, state)| deadline::place(state));
            let way = deadline::way_from(home, tier);
            headlines.extend(headline(*scheme, evidence, &way, &calendar, today));
        }
    }
    // What somebody holds comes before what somebody might begin.
    headlines.sort_by_key(|headline| headline.standing.held.is_none());
    headlines
}

fn headline(
    scheme: Scheme,
    evidence: &Evidence,
    way: &[AssociationId],
    calendar: &Calendar,
    today: Day,
) -> Option<Headline> {
    let held = evidence.held_in(scheme);
    let kind = standing::kind_asked(scheme, held, today);
    let standing = evidence.standing(scheme, kind, Claim::default(), today)?;
    let expires_on = standing.held.as_ref().map(Held::expires_on);
    let deadline = Some(calendar.deadline(way, expires_on, today));
    // Without any published day there is nothing to say about a deadline.
    let deadline =
        deadline.filter(|deadline| deadline.next.is_some() || matches!(deadline.last, Last::Passed));
    let expired = standing.held.as_ref().filter(|held| held.on(today) == Validity::Expired);
    let grace_until = expired.and_then(|held| standing::grace_until(scheme, held, today));
    let begins_on =
        standing.held.as_ref().filter(|held| held.begins_later(today)).map(|held| held.validity.from);
    let of_scheme = evidence.ledger.of_scheme(scheme);
    let mut released = of_scheme.filter(|entry| entry.trust == Trust::Released);
    Some(Headline {
        apply_to: way.first().copied(),
        begins_on,
        unconfirmed: released.any(|entry| standing.counts(entry)),
        standing,
        lost: held.filter(|held| held.on(today) == Validity::Revoked).cloned(),
        deadline,
        grace_until: grace_until.filter(|until| *until >= today),
    })
}

impl Headline {
    /// The last day on which a training still helps: before the last closing, else the expiry.
    fn helps_until(&self, today: Day) -> Day {
        let closing = self.deadline.as_ref().and_then(Deadline::apply_by);
        let expiry = self.standing.held.as_ref().map(Held::expires_on);
        closing.or(expiry).filter(|day| *day >= today).unwrap_or_else(|| today.plus_years(1))
    }
}

/// Up to three trainings with free seats that give what is missing: in the own prefecture first, then
/// anywhere, soonest first. Those somebody already goes to are left out.
async fn closing(
    cx: &Cx,
    headline: &Headline,
    prefecture: Option<i32>,
    signups: &[UpcomingSignup],
) -> Result<Vec<TrainingFound>> {
    let Some(gap) = gap(&headline.standing, headline.helps_until(cx.today()), prefecture) else {
        return Ok(Vec::new());
    };
    let mut found = bookable(cx, &gap, SHOWN + signups.len()).await?;
    found.retain(|training| !signups.iter().any(|signup| is_taken(training, signup)));
    found.truncate(SHOWN);
    Ok(found)
}

/// Whether somebody goes or would go there already, or has a seat somewhere else at the same time.
fn is_taken(training: &TrainingFound, signup: &UpcomingSignup) -> bool {
    let meanwhile = training.starts_at < signup.ends_at && signup.starts_at < training.ends_at;
    signup.training == training.id || (signup.is_confirmed() && meanwhile)
}

/// What closes a gap: the missing categories, else any credit of the course.
fn gap(standing: &Standing, until: Day, prefecture: Option<i32>) -> Option<Gap> {
    if standing.bars.iter().all(|bar| bar.met) {
        return None;
    }
    let course = if standing.kind == Kind::Initial { Course::Basic } else { Course::Lifelong };
    Some(Gap {
        offer: format!("{}/{course}", standing.scheme),
        categories: standing.missing_categories().into_iter().map(str::to_owned).collect(),
        until,
        prefecture,
    })
}

/// The credits of one scheme with the rules beside them.
#[derive(Clone, Debug)]
pub struct SchemeCredits {
    /// What the rules say.
    pub standing: Standing,
    /// The credits, newest first, of the chosen year.
    pub lines: Vec<CreditLine>,
    /// Sum of the lines shown, and of them what counts.
    pub sum: Credits,
    /// Sum of what counts.
    pub counted: Credits,
}

/// One credit and what the rules make of it.
#[derive(Clone, Debug)]
pub struct CreditLine {
    /// The credit.
    pub entry: Entry,
    /// Why it does not count; empty when it does.
    pub reason: String,
    /// It counts for now: an office has yet to compare it with the original.
    pub waits: bool,
}

/// The credits of the physician who asks, by scheme.
#[derive(Clone, Debug)]
pub struct CreditsPage {
    /// One for each scheme with credits or a certification.
    pub schemes: Vec<SchemeCredits>,
    /// The fiscal years with credits, newest first.
    pub years: Vec<FiscalYear>,
}

/// All credits of the physician who asks, or those of one fiscal year. What counts is decided over all
/// years whatever is shown.
///
/// # Errors
/// [`Error::NotFound`] for anybody else; a fault of the database.
#[crate::boxed]
pub async fn credits(cx: &Cx, year: Option<FiscalYear>) -> Result<CreditsPage> {
    let physician = cx.actor.physician().ok_or(Error::NotFound)?;
    let evidence = applications::evidence(cx.db(), physician, cx.today()).await?;
    let mut schemes = evidence.ledger.schemes();
    schemes.extend(
        evidence
            .held
            .iter()
            .map(|held| held.scheme)
            .filter(|scheme| !schemes.contains(scheme))
            .collect::<Vec<_>>(),
    );
    let mut years: Vec<FiscalYear> =
        evidence.ledger.0.iter().map(|entry| FiscalYear::of(entry.earned_on)).collect();
    years.dedup();
    let schemes =
        schemes.into_iter().filter_map(|scheme| of_scheme(&evidence, scheme, year, cx.today())).collect();
    Ok(CreditsPage { schemes, years })
}

fn of_scheme(
    evidence: &Evidence,
    scheme: Scheme,
    year: Option<FiscalYear>,
    today: Day,
) -> Option<SchemeCredits> {
    let kind = standing::kind_asked(scheme, evidence.held_in(scheme), today);
    let standing = evidence.standing(scheme, kind, Claim::default(), today)?;
    let shown = |entry: &&Entry| year.is_none_or(|year| FiscalYear::of(entry.earned_on) == year);
    let lines: Vec<CreditLine> = evidence
        .ledger
        .of_scheme(scheme)
        .filter(shown)
        .map(|entry| CreditLine {
            reason: standing.why_not(entry).unwrap_or_default(),
            waits: standing.waits(entry),
            entry: entry.clone(),
        })
        .collect();
    let sum = lines.iter().map(|line| line.entry.amount).sum();
    let counted = lines.iter().filter(|line| line.reason.is_empty()).map(|line| line.entry.amount).sum();
    Some(SchemeCredits { standing, lines, sum, counted })
}
