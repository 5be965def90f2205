//! The holding report as it is set on paper.

use super::lists::{Given, Told};
use crate::cx::Cx;
use crate::decision::clock_time;
use crate::document::print::told as explained;
use crate::error::{Error, Result};
use mamis_documents::{Attendees, CreditsGiven, HoldingReport, ReportedSession, Seal, Signatory};
use mamis_rules::base::{Credits, Day};
use mamis_rules::credit::{Course, Scheme};
use mamis_schema::{credit_line, training_session};
use std::collections::BTreeSet;

/// The report as PDF. Setting type takes a while, so it happens on a thread of its own.
///
/// # Errors
/// [`Error::Refused`] when a name has a character that no font shows.
#[crate::boxed]
pub async fn pdf(cx: &Cx, told: &Told) -> Result<Vec<u8>> {
    let (app, report) = (cx.app.clone(), holding_report(told));
    tokio::task::spawn_blocking(move || app.printer.holding_report(&report).map_err(explained))
        .await
        .map_err(Error::fault)?
}

/// The report as data; where numbers of the host and of the records differ, the host's heads are printed.
pub fn holding_report(told: &Told) -> HoldingReport {
    let row = &told.shown.standing.row;
    let count = |number: i32| u32::try_from(number).unwrap_or(0);
    let members = count(told.report.members);
    HoldingReport {
        document_number: String::new(),
        date: Day::of(told.report.reported_at),
        addressee: told.addressee.clone(),
        addressee_title: "会長".to_owned(),
        signatory: Signatory {
            association: row.host_name.clone(),
            title: told.president.as_ref().map(|_| "会長".to_owned()).unwrap_or_default(),
            name: told.president.clone().unwrap_or_default(),
        },
        seal: Seal::Omitted,
        training: row.title.clone(),
        kind: kinds(told),
        approval_number: row.number.clone(),
        hosts: row.host_name.clone(),
        days: days(&told.shown.sessions, row.held_on.into()),
        venue: row.venue.clone(),
        attendees: Attendees {
            capacity: count(row.capacity),
            signed_up: u32::try_from(told.signed_up).unwrap_or(u32::MAX),
            members,
            non_members: count(told.report.attendees).saturating_sub(members),
        },
        sessions: told.shown.sessions.iter().flat_map(|session| reported(told, session)).collect(),
        credits: told.given.iter().map(credits_given).collect(),
        notes: told.report.remarks.clone(),
    }
}

fn scheme_label(scheme: &str) -> &str {
    scheme.parse::<Scheme>().map_or(scheme, |scheme| scheme.label())
}

fn course_label(course: &str) -> &str {
    course.parse::<Course>().map_or(course, |course| course.label())
}

/// `認定産業医 生涯研修`, each kind once, in the order of the programme.
fn kinds(told: &Told) -> String {
    let mut kinds: Vec<String> = Vec::new();
    for line in &told.shown.standing.lines {
        let kind = joined(&[scheme_label(&line.scheme), course_label(&line.course)]);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds.is_empty() {
        scheme_label(&told.shown.standing.row.scheme).to_owned()
    } else {
        kinds.join("、")
    }
}

fn joined(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

fn days(sessions: &[training_session::Model], held_on: Day) -> Vec<Day> {
    let days: BTreeSet<Day> = sessions.iter().map(|session| Day::of(session.starts_at)).collect();
    if days.is_empty() { vec![held_on] } else { days.into_iter().collect() }
}

/// One row for each credit line of the session; a greeting without credit has a row as well.
fn reported(told: &Told, session: &training_session::Model) -> Vec<ReportedSession> {
    let attended =
        told.people.iter().filter(|person| person.at(&told.shown.standing, session).earns()).count();
    let row = |category: String, credits: Credits| ReportedSession {
        time: format!("{}～{}", clock_time(session.starts_at), clock_time(session.ends_at)),
        title: session.title.clone(),
        lecturer: session.lecturer.clone(),
        category,
        credits,
        attended: u32::try_from(attended).unwrap_or(u32::MAX),
    };
    let lines: Vec<ReportedSession> = told
        .shown
        .standing
        .lines
        .iter()
        .filter(|line| line.training_session == session.id)
        .map(|line| row(category(line), Credits::from_hundredths(line.amount)))
        .collect();
    if lines.is_empty() { vec![row(String::new(), Credits::whole(0))] } else { lines }
}

fn category(line: &credit_line::Model) -> String {
    match line.curriculum_code {
        Some(code) => format!("CC{code}"),
        None if line.category.is_empty() => scheme_label(&line.scheme).to_owned(),
        None => line.category.clone(),
    }
}

fn credits_given(given: &Given) -> CreditsGiven {
    CreditsGiven {
        scheme: joined(&[scheme_label(&given.scheme), course_label(&given.course)]),
        category: given.category.clone(),
        persons: u32::try_from(given.persons).unwrap_or(u32::MAX),
        credits: Credits::from_hundredths(given.amount),
    }
}
