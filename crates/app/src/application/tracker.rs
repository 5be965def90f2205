//! The progress line: physician and every office see the same steps, whose desk it is, since when,
//! and what comes next.

use super::lists::deadline::place;
use super::lists::{Found, Stop};
use mamis_rules::association::Tier;
use mamis_rules::base::Day;
use mamis_rules::flow::certification::{self as flow, State};
use mamis_schema::decision;
use uuid::Uuid;

/// The whole line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracker {
    /// Where it stands, in a sentence.
    pub sentence: String,
    /// The steps, for `parts::tracker`.
    pub steps: Vec<Step>,
    /// When the certificate can be expected; none when it is decided or the calendar does not tell.
    pub expected_on: Option<Day>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Who: 「申請」, the association, 「認定証」.
    pub label: String,
    /// done, current, waiting, returned, rejected, withdrawn, undone, or skipped when it never comes to it.
    pub state: &'static str,
    /// When it was done, or since when it waits; empty when it has not begun.
    pub when: String,
    /// What happens there now and next; empty when nothing is to be said.
    pub note: String,
}

/// The line from what is known; `ahead` is said at the desk that has the application.
/// `expected`: when the certificate can be expected, as far as that still holds.
pub fn build(found: &Found, history: &[decision::Model], ahead: &str, expected: Option<Day>) -> Tracker {
    let mut steps = vec![applied(found)];
    let at = place(found.state);
    let deciding = found.route.iter().filter(|stop| stop.tier != Tier::District);
    steps.extend(deciding.map(|stop| office(found, history, stop, at, ahead)));
    steps.push(certificate(found, expected));
    let is_open = !matches!(found.state, State::Approved | State::Rejected | State::Withdrawn);
    Tracker {
        sentence: flow::tracker(found.state).to_owned(),
        steps,
        expected_on: expected.filter(|_| is_open),
    }
}

fn applied(found: &Found) -> Step {
    let when = found.row.submitted_at.map(|at| Day::of(at).japanese()).unwrap_or_default();
    let (state, note) = match found.state {
        State::Draft => ("current", "まだ申請していません。"),
        State::Withdrawn => ("withdrawn", "取り下げました。"),
        _ => ("done", ""),
    };
    Step { label: "申請".to_owned(), state, when, note: note.to_owned() }
}

fn office(found: &Found, history: &[decision::Model], stop: &Stop, at: Option<Tier>, ahead: &str) -> Step {
    let association = Some(Uuid::from(stop.association));
    let last = |commands: &[&str]| {
        let of_stop = |row: &&decision::Model| {
            row.association == association && commands.contains(&row.command.as_str())
        };
        history.iter().rev().find(of_stop)
    };
    let day = |row: &decision::Model| Day::of(row.decided_at).japanese();
    let step = |state: &'static str, when: String, note: String| Step {
        label: stop.name.clone(),
        state,
        when,
        note,
    };
    if at == Some(stop.tier) {
        if found.is_with_applicant() {
            let row = last(&["return"]);
            let comment = row.map(|row| format!("コメント：{}", row.comment)).unwrap_or_default();
            return step("returned", row.map(day).unwrap_or_default(), comment);
        }
        let since = found.row.waiting_since.map(|at| format!("{}から", Day::of(at).japanese()));
        return step("current", since.unwrap_or_default(), format!("{}{ahead}", flow::tracker(found.state)));
    }
    if let (State::Rejected, Some(row)) = (found.state, last(&["reject"])) {
        return step("rejected", day(row), format!("理由：{}", row.comment));
    }
    match last(&["submit_batch", "approve_batch"]) {
        Some(row) if at.is_none_or(|tier| tier.is_above(stop.tier)) => step("done", day(row), String::new()),
        None if at.is_some_and(|tier| tier.is_above(stop.tier)) || found.state == State::Approved => {
            step("done", String::new(), String::new())
        }
        _ => step(ahead_of(found.state), String::new(), String::new()),
    }
}

/// What a step is that has not begun: it is still to come, or never will.
fn ahead_of(state: State) -> &'static str {
    if matches!(state, State::Rejected | State::Withdrawn) { "skipped" } else { "waiting" }
}

fn certificate(found: &Found, expected: Option<Day>) -> Step {
    let label = "認定・認定証の発行".to_owned();
    match found.state {
        State::Approved => {
            let when = found.row.decided_at.map(|at| Day::of(at).japanese()).unwrap_or_default();
            Step { label, state: "done", when, note: String::new() }
        }
        State::Rejected | State::Withdrawn => {
            Step { label, state: ahead_of(found.state), when: String::new(), note: String::new() }
        }
        _ => {
            let note = expected.map(|day| format!("{}ごろの予定です。", day.japanese())).unwrap_or_default();
            Step { label, state: "waiting", when: String::new(), note }
        }
    }
}
