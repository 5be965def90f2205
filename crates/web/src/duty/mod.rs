//! Duties of officers: entered and ended.

pub mod pages;

use crate::ctx::Ctx;
use crate::desk::paging::Choice;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use mamis_app::duty::actions::Appointment;
use mamis_app::duty::lists;
use mamis_app::{Error, Problem};
use mamis_rules::access::Duty;
use mamis_rules::association::Host;
use mamis_rules::base::{Day, OfficerId};
use mamis_rules::duty::Span;

/// A box to tick.
pub(crate) struct Tick {
    pub(crate) value: &'static str,
    pub(crate) label: &'static str,
    pub(crate) checked: bool,
}

/// An office as the value of a form field.
pub(crate) fn value_of(at: Host) -> String {
    match at {
        Host::Association(id) => format!("association:{id}"),
        Host::Organizer(id) => format!("organizer:{id}"),
    }
}

/// The office of a form field.
pub(crate) fn host(value: &str) -> Option<Host> {
    match value.split_once(':')? {
        ("association", id) => Some(Host::Association(id.parse().ok()?)),
        ("organizer", id) => Some(Host::Organizer(id.parse().ok()?)),
        _ => None,
    }
}

/// Offices to choose from.
pub(crate) fn choices(seats: &[(Host, String)]) -> Vec<Choice> {
    seats.iter().map(|(at, name)| Choice::new(&value_of(*at), name)).collect()
}

/// Who else works at one of the offices, each named once.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn colleagues(
    ctx: &Ctx,
    seats: &[(Host, String)],
    except: OfficerId,
) -> Result<Vec<Choice>, WebError> {
    let mut found: Vec<Choice> = Vec::new();
    for (at, _) in seats {
        for (id, name) in lists::colleagues(ctx.db(), *at, ctx.today()).await? {
            let value = id.to_string();
            if id != except && found.iter().all(|known| known.value != value) {
                found.push(Choice::new(&value, &name));
            }
        }
    }
    Ok(found)
}

/// Every duty as a box; those of the form are ticked.
pub(crate) fn ticks(fields: &Fields) -> Vec<Tick> {
    let ticked: Vec<&str> = fields.all("duties").collect();
    let tick = |duty: &Duty| Tick {
        value: duty.name(),
        label: match duty {
            Duty::Membership => "会員（入会・異動・退会、会員の情報）",
            Duty::Training => "研修会（計画、受付、受講の記録）",
            Duty::Certification => "認定（申請の審査、認定証）",
            Duty::Dues => "会費",
            Duty::Administration => "管理（職員と職務、医師会の設定）",
        },
        checked: ticked.contains(&duty.name()),
    };
    Duty::ALL.iter().map(tick).collect()
}

/// A day of a form, or what is wrong with it.
pub(crate) fn day(fields: &Fields, name: &str, missing: &str, problems: &mut Vec<Problem>) -> Option<Day> {
    match fields.text(name) {
        "" => {
            if !missing.is_empty() {
                problems.push(Problem::at(name, missing));
            }
            None
        }
        text => Day::parse_written(text)
            .map_err(|wrong| problems.push(Problem::at(name, &wrong.to_string())))
            .ok(),
    }
}

/// What a form of duties says.
///
/// # Errors
/// [`Error::Invalid`].
pub(crate) fn appointment(fields: &Fields) -> Result<Appointment, Error> {
    let mut problems = Vec::new();
    let at = host(fields.text("at"));
    if at.is_none() {
        problems.push(Problem::at("at", "事務局を選んでください。"));
    }
    let from = day(fields, "valid_from", "始まりの日を入力してください。", &mut problems);
    let until = day(fields, "valid_until", "", &mut problems);
    let (Some(at), Some(from), true) = (at, from, problems.is_empty()) else {
        return Err(Error::Invalid(problems));
    };
    let mut duties: Vec<Duty> = fields.all("duties").filter_map(|duty| duty.parse().ok()).collect();
    duties.sort_unstable();
    duties.dedup();
    Ok(Appointment {
        at,
        duties,
        span: Span { from, until },
        deputy_of: fields.text("deputy_of").parse().ok(),
        reason: fields.text("reason").to_owned(),
    })
}

/// The fields of a form of duties, as typed.
pub(crate) struct DutyFields {
    pub(crate) seats: Vec<Choice>,
    pub(crate) at: String,
    pub(crate) duties: Vec<Tick>,
    pub(crate) valid_from: String,
    pub(crate) valid_until: String,
    pub(crate) reason: String,
    pub(crate) problems: Problems,
}

impl DutyFields {
    /// What was typed, or an empty form that begins today at the first office.
    pub(crate) fn new(
        seats: &[(Host, String)],
        fields: Option<&Fields>,
        today: Day,
        problems: Problems,
    ) -> Self {
        let nothing = Fields::default();
        let typed = fields.unwrap_or(&nothing);
        let first = seats.first().map(|(at, _)| value_of(*at)).unwrap_or_default();
        let or = |name: &str, default: String| match fields {
            Some(fields) => fields.text(name).to_owned(),
            None => default,
        };
        Self {
            seats: choices(seats),
            at: or("at", first),
            duties: ticks(typed),
            valid_from: or("valid_from", today.to_string()),
            valid_until: or("valid_until", String::new()),
            reason: or("reason", String::new()),
            problems,
        }
    }
}
