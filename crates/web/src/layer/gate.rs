//! The door in front of every URL. What a door asks is said in `rules::access::gate`.

use crate::account::encoded;
use crate::ctx::see_other;
use crate::error::WebError;
use crate::layer::session::Found;
use axum::extract::Request;
use axum::http::{HeaderName, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use mamis_app::Error;
use mamis_app::account::lists::{SecondFactor, Terms};
use mamis_rules::access::Actor;
use mamis_rules::access::gate::Gate;

/// Marks an answer given by the door: behind it nothing was asked.
#[derive(Clone, Copy, Debug)]
pub struct TurnedAway;

/// Opens the door or leads to the login, the one-time code or the terms of use.
pub async fn pass(gate: Gate, request: Request, next: Next) -> Response {
    match turn_away(gate, &request) {
        None => next.run(request).await,
        Some(mut response) => {
            response.extensions_mut().insert(TurnedAway);
            response
        }
    }
}

/// What is answered to somebody who does not come in.
fn turn_away(gate: Gate, request: &Request) -> Option<Response> {
    if gate == Gate::Public {
        return None;
    }
    let Some(current) = request.extensions().get::<Found>().and_then(|found| found.0.as_deref()) else {
        return Some(lead(request, "/login"));
    };
    if gate == Gate::Session {
        return None;
    }
    if current.second_factor == SecondFactor::Owed {
        return Some(lead(request, "/login/second-factor"));
    }
    if current.terms == Terms::Owed {
        return Some(lead(request, "/terms/consent"));
    }
    if gate.admits(&current.actor) {
        return None;
    }
    Some(match (&current.actor, request.uri().path()) {
        (Actor::Physician { .. }, "/desk") => see_other("/my"),
        (Actor::Officer { duties, .. }, "/desk") if duties.is_empty() => {
            WebError(Error::refused(NO_DUTY)).into_response()
        }
        (Actor::Officer { .. }, "/my") => see_other("/desk"),
        _ => WebError(Error::NotFound).into_response(),
    })
}

const NO_DUTY: &str = "いま担当している職務が登録されていないため、事務局の画面を開けません。事務局の管理の担当者へ、職務の登録を依頼してください。";

/// Leads to another page first. After it the reader comes back; a form must be sent again by hand. A part of
/// a page asked for by htmx leads the whole page.
fn lead(request: &Request, to: &str) -> Response {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let is_part = header("hx-request").is_some();
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let back = match (is_part, header("hx-current-url").and_then(path_of)) {
        (true, Some(page)) => Some(page),
        (true, None) => None,
        (false, _) if request.method() == Method::GET => Some(path),
        // What was typed waits in the browser for the page of the form.
        (false, _) => header("referer").and_then(path_of),
    };
    let to = match back {
        Some(back) if back != "/" => format!("{to}?next={}", encoded(back)),
        _ => to.to_owned(),
    };
    if is_part {
        return (StatusCode::OK, [(HeaderName::from_static("hx-redirect"), to)]).into_response();
    }
    see_other(&to)
}

/// Path and query of an address.
fn path_of(address: &str) -> Option<&str> {
    let rest = &address[address.find("://")? + 3..];
    rest.find('/').map(|at| &rest[at..])
}
