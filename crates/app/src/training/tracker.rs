//! How far a training has come, as steps that everybody concerned sees.

use super::standing::Standing;
use crate::cx::Cx;
use crate::decision::at;
use crate::error::Result;
use mamis_rules::association::{Host, Tier};
use mamis_rules::flow::Desk;
use mamis_rules::flow::training_approval::{self as flow, Command, HoldingReport, State};
use mamis_schema::decision;

/// One step of the tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done there.
    pub label: String,
    /// done, current, waiting, returned, rejected, or skipped when it never comes to it.
    pub state: &'static str,
    /// When it was done.
    pub when: String,
    /// A comment, or who is missing.
    pub note: String,
}

/// The steps, from the application to the end.
///
/// # Errors
/// A fault of the database, or a route that cannot be fixed.
#[crate::boxed]
pub async fn steps(cx: &Cx, standing: &Standing, history: &[decision::Model]) -> Result<Vec<Step>> {
    let route = standing.route(cx.now)?;
    let mut steps = vec![step(
        format!("申請（{}）", standing.row.host_name),
        0,
        standing,
        history,
        &[Command::Submit, Command::Amend],
    )];
    for office in &route.0 {
        let rank = if office.tier == Tier::National { 2 } else { 1 };
        let label = format!("承認（{}）", standing.name_of(office.association));
        let mut step = step(label, rank, standing, &of(history, office.association), &[Command::Approve]);
        if step.state == "current" {
            step.note = missing(cx, standing, office.association).await?;
        }
        steps.push(step);
    }
    steps.push(step("募集・開催・単位登録".to_owned(), 3, standing, history, &[Command::ReleaseCredits]));
    if standing.circumstances(cx.now).report == HoldingReport::Needed {
        steps.push(step("開催報告".to_owned(), 4, standing, history, &[Command::Report]));
        for office in &route.0 {
            let rank = if office.tier == Tier::National { 6 } else { 5 };
            let label = format!("開催報告の確認（{}）", standing.name_of(office.association));
            let mut step = step(label, rank, standing, &of(history, office.association), &[Command::Confirm]);
            if step.state == "current" {
                step.note = missing(cx, standing, office.association).await?;
            }
            steps.push(step);
        }
    }
    stop(standing, history, &mut steps);
    Ok(steps)
}

/// How far each state is: the rank of the step that is under way.
fn rank(state: State) -> i32 {
    match state {
        State::Draft | State::Returned | State::Postponed => 0,
        State::PrefecturalReview => 1,
        State::NationalReview => 2,
        State::Approved => 3,
        State::CreditsReleased => 4,
        State::Reported => 5,
        State::ReportConfirmed => 6,
        State::Done | State::Rejected | State::Cancelled => 7,
    }
}

fn step(
    label: String,
    at_rank: i32,
    standing: &Standing,
    history: &[decision::Model],
    commands: &[Command],
) -> Step {
    let now = rank(standing.state);
    let state = match at_rank.cmp(&now) {
        std::cmp::Ordering::Less => "done",
        std::cmp::Ordering::Equal => "current",
        std::cmp::Ordering::Greater => "waiting",
    };
    let last = history.iter().rfind(|row| commands.iter().any(|command| command.name() == row.command));
    let when = last.filter(|_| state == "done").map_or_else(String::new, |row| at(row.decided_at));
    Step { label, state, when, note: String::new() }
}

fn of(history: &[decision::Model], office: mamis_rules::base::AssociationId) -> Vec<decision::Model> {
    history.iter().filter(|row| row.association == Some(office.into())).cloned().collect()
}

/// A step without an officer waits visibly and is never skipped.
async fn missing(cx: &Cx, standing: &Standing, office: mamis_rules::base::AssociationId) -> Result<String> {
    if super::lists::has_officer(cx, Host::Association(office)).await? {
        let since = standing.row.waiting_since.map(at).unwrap_or_default();
        return Ok(format!("{since}から待っています。"));
    }
    let name = standing.name_of(office);
    Ok(format!("{name}に研修会の担当者がいません。上位の医師会に知らせました。"))
}

/// Marks where a training was sent back, refused or stopped.
fn stop(standing: &Standing, history: &[decision::Model], steps: &mut Vec<Step>) {
    let last = history.last();
    let comment = last.map_or_else(String::new, |row| format!("{}：{}", row.by_name, row.comment));
    match standing.state {
        State::Returned => {
            if let Some(first) = steps.first_mut() {
                first.state = "returned";
                first.note = comment;
            }
        }
        State::Rejected => {
            let refused = last.and_then(|row| row.from_state.parse::<State>().ok()).map_or(1, rank);
            for step in steps.iter_mut().skip(usize::try_from(refused.min(2)).unwrap_or(1)) {
                step.state = "skipped";
                step.when.clear();
            }
            let at = steps.len().min(usize::try_from(refused.min(2)).unwrap_or(1));
            if let Some(step) = steps.get_mut(at) {
                step.state = "rejected";
                step.note = comment;
            }
        }
        State::Cancelled | State::Postponed => {
            // What is cancelled never comes; what is postponed comes later.
            let (rest, here) =
                if standing.state == State::Cancelled { ("skipped", "done") } else { ("waiting", "current") };
            for step in steps.iter_mut().skip(1).filter(|step| step.when.is_empty()) {
                step.state = rest;
            }
            let label = format!("{}（{}）", standing.state.label(), standing.row.host_name);
            let when = last.map_or_else(String::new, |row| at(row.decided_at));
            steps.push(Step { label, state: here, when, note: comment });
        }
        _ => {}
    }
}

/// Whose turn it is, in a sentence.
pub fn sentence(state: State) -> &'static str {
    flow::tracker(state)
}

/// Whether nothing more happens.
pub fn is_finished(state: State) -> bool {
    flow::desk(state) == Desk::Nobody
}
