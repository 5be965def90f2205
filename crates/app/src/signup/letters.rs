//! Letters about signups.

use crate::cx::Cx;
use crate::error::Result;
use crate::mail::{Letter, Recipient};
use crate::training::letters::{held_at, link, moment};
use mamis_rules::base::PhysicianId;
use mamis_schema::training;
use serde_json::json;

/// The seat is given.
///
/// # Errors
/// A fault of the template.
pub(crate) fn confirmed(
    cx: &Cx,
    row: &training::Model,
    physician: PhysicianId,
    name: &str,
) -> Result<Letter> {
    let place = if row.mode == "web" {
        "Web（参加方法は主催者からお知らせします）"
    } else {
        &row.venue
    };
    let data = json!({
        "name": name, "number": row.number, "title": row.title, "held_at": held_at(row.starts_at, row.ends_at),
        "venue": place, "host": row.host_name, "cancel_until": moment(row.recruits_until),
        "link": format!("{}/my", cx.app.settings.public_url),
    });
    Letter::new("signup_confirmed", Recipient::Physician(physician), &data)
}

/// A place on the waiting list is given.
///
/// # Errors
/// A fault of the template.
pub(super) fn waiting(
    cx: &Cx,
    row: &training::Model,
    physician: PhysicianId,
    name: &str,
    place: u64,
) -> Result<Letter> {
    let data = json!({
        "name": name, "number": row.number, "title": row.title, "held_at": held_at(row.starts_at, row.ends_at),
        "host": row.host_name, "place": place, "link": link(cx, row.id),
    });
    Letter::new("waiting_entered", Recipient::Physician(physician), &data)
}

/// The seat is given back.
///
/// # Errors
/// A fault of the template.
pub(crate) fn cancelled(
    cx: &Cx,
    row: &training::Model,
    physician: PhysicianId,
    name: &str,
) -> Result<Letter> {
    let data = json!({
        "name": name, "number": row.number, "title": row.title, "held_at": held_at(row.starts_at, row.ends_at),
        "link": link(cx, row.id),
    });
    Letter::new("signup_cancelled", Recipient::Physician(physician), &data)
}

/// The host has given the seat back.
///
/// # Errors
/// A fault of the template.
pub(super) fn cancelled_by_host(
    cx: &Cx,
    row: &training::Model,
    physician: PhysicianId,
    name: &str,
    reason: &str,
) -> Result<Letter> {
    let data = json!({
        "name": name, "number": row.number, "title": row.title, "held_at": held_at(row.starts_at, row.ends_at),
        "host": row.host_name, "contact": row.contact, "reason": reason, "link": link(cx, row.id),
    });
    Letter::new("signup_cancelled_by_host", Recipient::Physician(physician), &data)
}
