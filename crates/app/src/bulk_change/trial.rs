//! What a line would do, asked of the same rules as a procedure filed by hand: first while nothing is done, and again
//! when its turn comes.

use super::lists::people::Member;
use crate::application::actions::frame_of;
use crate::application::lists::Frame;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::membership::lists as membership;
use crate::membership_application::lists::{Found, Person};
use crate::membership_application::{Details, Workplace, check};
use mamis_rules::access::application::{Facts, Kind};
use mamis_rules::base::{ApplicationId, AssociationId, Day};
use mamis_rules::bulk_change::Change;
use mamis_rules::flow::membership::Cause;
use mamis_rules::flow::route::Route;
use mamis_rules::membership as rules;
use uuid::Uuid;

/// What a line would do.
pub(super) struct Tried {
    /// In a sentence.
    pub(super) what: String,
    /// Whether it can be done.
    pub(super) outcome: Outcome,
}

/// Whether a line can be done.
pub(super) enum Outcome {
    /// Yes: the procedure to file, and its route.
    Ready(Box<Found>, Route),
    /// Nothing would change.
    Same(String),
    /// No, and why.
    Problem(String),
}

/// Tries a line for the office that asks; nothing is written.
///
/// # Errors
/// A fault; what is wrong with the line is an [`Outcome`].
pub(super) fn line(
    cx: &Cx,
    (office, account): (AssociationId, Uuid),
    member: &Member,
    change: &Change,
) -> Result<Tried> {
    let found = found(cx, account, member, change);
    let what = sentence(member, &found, change);
    if let Some(same) = nothing_changes(member, &found, change) {
        return Ok(Tried { what, outcome: Outcome::Same(same) });
    }
    let route = match found.route(cx.today()) {
        Ok(route) => route,
        Err(Error::Refused(text)) => return Ok(Tried { what, outcome: Outcome::Problem(text) }),
        Err(error) => return Err(error),
    };
    let first = route.first().map(|step| step.association);
    if first != Some(office) {
        let name = member.held.iter().find(|held| Some(held.period.association) == first);
        let name = name.map_or("別の医師会", |held| held.name.as_str());
        let text = format!("この方の届出を受け付けるのは、{name}です。その医師会に依頼してください。");
        return Ok(Tried { what, outcome: Outcome::Problem(text) });
    }
    let person = Person { row: member.row.clone(), workplace: None };
    let others = match change {
        // As by hand: a report that changes no category need not wait for another procedure.
        Change::Workplace { .. } => Vec::new(),
        Change::Category { .. } | Change::Leaving { .. } => member.running.clone(),
    };
    let problems = check::check(&found, &person, &[], others, cx.today()).problems;
    let outcome = match problems.is_empty() {
        true => Outcome::Ready(Box::new(found), route),
        false => {
            let texts: Vec<&str> = problems.iter().map(|problem| problem.text.as_str()).collect();
            Outcome::Problem(texts.join(""))
        }
    };
    Ok(Tried { what, outcome })
}

/// The procedure that a line would file.
fn found(cx: &Cx, account: Uuid, member: &Member, change: &Change) -> Found {
    let kind = match change {
        Change::Category { .. } | Change::Workplace { .. } => Kind::ChangeReport,
        Change::Leaving { .. } => Kind::Leaving,
    };
    let row = frame_of(cx, kind, member.row.id.into(), account);
    let facts = Facts {
        kind,
        applicant: Some(member.row.id.into()),
        filed_by: None,
        route: Vec::new(),
        pending: None,
        submitted: false,
    };
    Found {
        frame: Frame { row, kind, route: Vec::new(), facts },
        details: details(member, change),
        held: member.held.clone(),
        chain: Vec::new(),
    }
}

fn details(member: &Member, change: &Change) -> Details {
    let blank = Details {
        target: None,
        association: None,
        scope: None,
        cause: Cause::Bulk,
        categories: Default::default(),
        effective_on: Some(change.on()),
        workplace: None,
        changes: Default::default(),
        proposed_until: None,
    };
    match change {
        Change::Category { category, on } => {
            let periods = membership::periods(&member.held);
            let differing = rules::held(&periods, *on).into_iter().filter(|held| held.category != *category);
            let categories = differing.map(|held| (held.tier.name().to_owned(), *category)).collect();
            Details { categories, ..blank }
        }
        Change::Workplace { workplace, .. } => {
            let workplace = Workplace {
                name: workplace.name.clone(),
                postal_code: workplace.postal_code.clone(),
                address: workplace.address.clone(),
                prefecture: workplace.prefecture.into(),
            };
            Details { workplace: Some(workplace), ..blank }
        }
        Change::Leaving { scope, .. } => Details { scope: Some(*scope), ..blank },
    }
}

fn nothing_changes(member: &Member, found: &Found, change: &Change) -> Option<String> {
    match change {
        Change::Category { category, on } => {
            let periods = membership::periods(&member.held);
            let same = found.details.categories.is_empty() && !rules::held(&periods, *on).is_empty();
            same.then(|| format!("すでに{}です。", category.label()))
        }
        Change::Workplace { on, .. } => {
            let current = member.main_workplace(*on).map(Workplace::from);
            (current.is_some() && current == found.details.workplace)
                .then(|| "すでにこの勤務先が登録されています。".to_owned())
        }
        Change::Leaving { .. } => None,
    }
}

/// What changes, as the office reads it before it says yes.
fn sentence(member: &Member, found: &Found, change: &Change) -> String {
    match change {
        Change::Category { category, on } => {
            let running = member.held.iter().filter(|held| held.period.contains(*on));
            let changed =
                running.filter(|held| found.details.categories.contains_key(held.period.tier.name()));
            let one = |held: &membership::Held| {
                format!("{} {} → {}", held.name, held.period.category.label(), category.label())
            };
            let all: Vec<String> = changed.map(one).collect();
            match all.is_empty() {
                true => format!("会員区分 {}（{}）", category.label(), from(*on)),
                false => format!("{}（{}）", all.join("、"), from(*on)),
            }
        }
        Change::Workplace { workplace, on } => {
            let before = member.main_workplace(*on).map_or("（なし）", |row| row.name.as_str());
            format!("主な勤務先 {before} → {}（{}）", workplace.name, from(*on))
        }
        Change::Leaving { scope, on, reason } => {
            format!("{}（最後の日 {}、理由：{reason}）", scope.label(), on.japanese())
        }
    }
}

fn from(day: Day) -> String {
    format!("{}から", day.japanese())
}

/// The id of the procedure that a tried line files.
pub(super) fn id(found: &Found) -> ApplicationId {
    found.frame.row.id.into()
}
