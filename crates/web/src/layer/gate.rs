//! The door in front of every URL. What a door asks is said in `rules::access::gate`.

use crate::ctx::see_other;
use crate::error::WebError;
use crate::layer::session::Found;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use mamis_app::Error;
use mamis_app::account::lists::{SecondFactor, Terms};
use mamis_rules::access::Actor;
use mamis_rules::access::gate::Gate;

/// Opens the door or leads to the login, the one-time code or the terms of use.
pub async fn pass(gate: Gate, request: Request, next: Next) -> Response {
    let current = request.extensions().get::<Found>().and_then(|found| found.0.clone());
    if gate == Gate::Public {
        return next.run(request).await;
    }
    let Some(current) = current else {
        return see_other(&login_with_return(&request));
    };
    if gate == Gate::Session {
        return next.run(request).await;
    }
    if current.second_factor == SecondFactor::Owed {
        return see_other("/login/second-factor");
    }
    if current.terms == Terms::Owed {
        return see_other("/terms/consent");
    }
    if gate.admits(&current.actor) {
        return next.run(request).await;
    }
    let home = if matches!(current.actor, Actor::Physician { .. }) { "/my" } else { "/desk" };
    if request.uri().path() == "/my" || request.uri().path() == "/desk" {
        return see_other(home);
    }
    WebError(Error::NotFound).into_response()
}

/// After the login the reader comes back to a page; a form must be sent again by hand.
fn login_with_return(request: &Request) -> String {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    if request.method() == axum::http::Method::GET && path != "/" {
        let path: String = path.bytes().map(encode).collect();
        format!("/login?next={path}")
    } else {
        "/login".to_owned()
    }
}

fn encode(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }
}
