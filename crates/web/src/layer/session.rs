//! Finds the session behind the cookie.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use mamis_app::account::{actions, lists::Current};
use mamis_app::secret::sha256_hex;
use mamis_app::{App, World, account};
use std::sync::Arc;

use crate::error::WebError;

/// Name of the session cookie.
pub const COOKIE: &str = "mamis_session";

/// What was found for the request.
#[derive(Clone)]
pub struct Found(pub Option<Arc<Current>>);

/// Who reads the answer: kept with it, so that an error page written further out shows their menu.
#[derive(Clone)]
pub(crate) struct Reader {
    /// The session, when somebody is logged in.
    pub(crate) current: Option<Arc<Current>>,
    /// What the database holds.
    pub(crate) world: World,
    /// Path of the request.
    pub(crate) path: String,
}

/// Loads the session; a cookie without a living session counts as none.
pub async fn find(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let current = match token(request.headers()) {
        None => None,
        Some(token) => match load(&app, &token).await {
            Ok(current) => current.map(Arc::new),
            Err(error) => return error.into_response(),
        },
    };
    let shows_notice = request
        .headers()
        .get(header::COOKIE)
        .is_some_and(|cookie| cookie.as_bytes().windows(13).any(|window| window == b"mamis_notice="));
    let reader = Reader { current: current.clone(), world: app.world, path: request.uri().path().to_owned() };
    request.extensions_mut().insert(Found(current));
    let mut response = next.run(request).await;
    response.extensions_mut().insert(reader);
    let is_page = response.status() != 303
        && response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if shows_notice && is_page {
        response.headers_mut().append(header::SET_COOKIE, crate::ctx::forget_notice());
    }
    response
}

/// The value of the session cookie.
pub fn token(headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers).get(COOKIE).map(|cookie| cookie.value().to_owned())
}

/// The session cookie: out of reach of scripts, not sent along with foreign forms, gone when the browser
/// closes. Over https it travels over https only.
pub fn cookie(app: &App, token: &str) -> HeaderValue {
    let secure = if app.settings.public_url.starts_with("https://") { "; Secure" } else { "" };
    HeaderValue::try_from(format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax{secure}"))
        .expect("a token is made of letters, digits, - and _")
}

/// Takes the session cookie away.
pub fn no_cookie() -> HeaderValue {
    HeaderValue::from_static("mamis_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")
}

async fn load(app: &Arc<App>, token: &str) -> Result<Option<Current>, WebError> {
    let Some(current) = account::lists::current(app, &sha256_hex(token.as_bytes())).await? else {
        return Ok(None);
    };
    // Noted at most every five minutes: a page view must not cost a write.
    if app.clock.wall() - current.last_seen_at > chrono::Duration::minutes(5) {
        actions::seen(app, current.session);
    }
    Ok(Some(current))
}
