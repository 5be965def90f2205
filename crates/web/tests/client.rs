//! A browser without a window: keeps cookies, sends what browsers send, follows nothing by itself.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use mamis_app::App;
use mamis_app::account::one_time_code;
use mamis_app::seed::{self, PASSWORD};
use mamis_web::layer::gate::TurnedAway;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tower::ServiceExt;

/// A browser.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    /// By name.
    pub(crate) cookies: BTreeMap<String, String>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// Whether the door answered, and nothing behind it.
    pub(crate) is_turned_away: bool,
}

impl Answer {
    /// Where a redirect leads; empty without one.
    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Browser {
    pub(crate) fn new(app: &Arc<App>) -> Self {
        Self { router: mamis_web::router(app.clone()), cookies: BTreeMap::new() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], "").await
    }

    pub(crate) async fn get_with(&mut self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask(Method::GET, path, headers, "").await
    }

    /// Sends a form of one of our own pages.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.ask(Method::POST, path, &[("sec-fetch-site", "same-origin")], &body.finish()).await
    }

    pub(crate) async fn ask(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .extension(ConnectInfo::<SocketAddr>("203.0.113.7:40000".parse().expect("an address")));
        if !self.cookies.is_empty() {
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        self.keep(&parts.headers);
        let bytes = body.collect().await.expect("a body").to_bytes();
        Answer {
            is_turned_away: parts.extensions.get::<TurnedAway>().is_some(),
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    fn keep(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("plain text");
            let (pair, attributes) = cookie.split_once(';').expect("attributes");
            let (name, value) = pair.split_once('=').expect("a value");
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Logs in as somebody of the named world, with the one-time code where one is needed.
    pub(crate) async fn log_in(&mut self, app: &Arc<App>, login_id: &str) -> Answer {
        let mut answer = self.post("/login", &[("login_id", login_id), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{login_id}: {}", answer.body);
        if let Some(code) = code(app, login_id, 0) {
            answer = self.post("/login/second-factor", &[("code", &code)]).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{login_id}: {}", answer.body);
        }
        answer
    }
}

/// The one-time code of an officer of the named world, so many steps from now; none for physicians.
pub(crate) fn code(app: &App, login_id: &str, steps: i32) -> Option<String> {
    let account = seed::accounts().into_iter().find(|account| account.login_id == login_id)?;
    let instant = app.clock.wall() + chrono::Duration::seconds(30) * steps;
    Some(one_time_code::at(&account.totp_secret?, instant).expect("a code"))
}

/// Runs a test on the named world, on each database.
pub(crate) async fn each_world<F: Future<Output = ()>>(test: impl Fn(Arc<App>) -> F) {
    mamis_app::testing::each_database(|app| async {
        seed::world(&app).await.expect("the named world loads");
        test(app).await;
    })
    .await;
}
