//! The one extractor of handlers: who asks, and the notices left for them.

use crate::error::WebError;
use crate::layer::{RequestId, session};
use crate::on_behalf::StandIn;
use crate::page::Notice;
use axum::extract::FromRequestParts;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mamis_app::account::lists::Current;
use mamis_app::{App, Cx, Who};
use mamis_rules::access::Actor;
use std::ops::Deref;
use std::sync::Arc;

const NOTICE_COOKIE: &str = "mamis_notice";

/// Context of a handler; acts as the [`Cx`] of its actions.
#[derive(Clone)]
pub struct Ctx {
    /// For actions and lists.
    pub cx: Cx,
    /// The session, when somebody is logged in.
    pub current: Option<Arc<Current>>,
    /// What the last form left to say.
    pub notices: Vec<Notice>,
    /// Path of the request.
    pub path: String,
    /// Whom an officer fills in forms for; none everywhere else.
    pub stand_in: Option<StandIn>,
}

impl Deref for Ctx {
    type Target = Cx;

    fn deref(&self) -> &Cx {
        &self.cx
    }
}

impl FromRequestParts<Arc<App>> for Ctx {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, WebError> {
        let current = parts.extensions.get::<session::Found>().and_then(|found| found.0.clone());
        let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
        let stand_in = parts.extensions.get::<StandIn>().cloned();
        let (actor, who) = match (&stand_in, &current) {
            (Some(stand_in), _) => (stand_in.actor.clone(), stand_in.who.clone()),
            (None, Some(current)) => (current.actor.clone(), current.who.clone()),
            (None, None) => (Actor::Guest, Who::default()),
        };
        let notices = CookieJar::from_headers(&parts.headers)
            .get(NOTICE_COOKIE)
            .and_then(|cookie| read_notice(app, cookie.value()))
            .into_iter()
            .collect();
        let cx = Cx { app: app.clone(), actor, who, now: app.clock.now(), request_id };
        Ok(Self { cx, current, notices, path: parts.uri.path().to_owned(), stand_in })
    }
}

impl Ctx {
    /// Leads on to a page, which shows the sentence on top.
    pub fn done(&self, to: &str, text: &str) -> Response {
        self.lead(to, "success", text)
    }

    /// What stands before the addresses of forms: nothing, or where entry on behalf goes on.
    pub fn base(&self) -> &str {
        self.stand_in.as_ref().map_or("", |stand_in| &stand_in.base)
    }

    /// Leads on to a page with a notice of any kind: info, success, warning, error.
    pub fn lead(&self, to: &str, kind: &str, text: &str) -> Response {
        let notice = Notice::new(kind, text);
        let mut response = see_other(&format!("{}{to}", self.base()));
        if let Ok(value) = HeaderValue::from_str(&write_notice(&self.app, &notice)) {
            response.headers_mut().append(SET_COOKIE, value);
        }
        response
    }
}

/// Leads on to a page.
pub fn see_other(to: &str) -> Response {
    let location = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// The notice travels in a signed cookie that the next page takes away.
fn write_notice(app: &App, notice: &Notice) -> String {
    let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(notice).unwrap_or_default());
    let signature = app.secret.sign("notice", &body);
    format!("{NOTICE_COOKIE}={body}.{signature}; Path=/; HttpOnly; SameSite=Lax; Max-Age=60")
}

fn read_notice(app: &App, cookie: &str) -> Option<Notice> {
    let (body, signature) = cookie.split_once('.')?;
    if !app.secret.verifies("notice", body, signature) {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
}

/// Takes the shown notice away.
pub(crate) fn forget_notice() -> HeaderValue {
    HeaderValue::from_static("mamis_notice=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")
}
