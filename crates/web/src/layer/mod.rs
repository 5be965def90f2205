//! What surrounds every request: id, log line, metrics, headers, session, error pages.

pub mod cross_site;
pub mod gate;
pub mod session;

use crate::error::{Failed, WebError, render};
use crate::form::Typed;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use mamis_app::Error;
use std::sync::Arc;
use std::time::Instant;

/// The id of a request: in its answer, on its page, in its log lines and audit entries.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Gives the request its id, logs and counts it, and writes error pages.
pub async fn observe(mut request: Request, next: Next) -> Response {
    let id = uuid::Uuid::now_v7().simple().to_string();
    request.extensions_mut().insert(RequestId(id.clone()));
    let typed = Typed::default();
    request.extensions_mut().insert(typed.clone());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let wants_json = wants_json(&request);
    let started = Instant::now();
    let mut response = next.run(request).await;
    if let Some(failed) = failure(&mut response) {
        let reader = response.extensions_mut().remove::<session::Reader>();
        let was = response.status();
        let turned_away = response.extensions_mut().remove::<gate::TurnedAway>();
        let cookies: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
        response = render(&failed, &id, wants_json, reader.as_ref(), &typed);
        turned_away.map(|mark| response.extensions_mut().insert(mark));
        if was == StatusCode::METHOD_NOT_ALLOWED {
            *response.status_mut() = was;
        }
        cookies.into_iter().for_each(|cookie| {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        });
    }
    let status = response.status().as_u16();
    let seconds = started.elapsed().as_secs_f64();
    metrics::counter!("mamis_http_requests_total", "route" => route.clone(), "method" => method.to_string(), "status" => status.to_string()).increment(1);
    metrics::histogram!("mamis_http_request_seconds", "route" => route.clone()).record(seconds);
    tracing::info!(request_id = %id, %method, route, status, milliseconds = seconds * 1000.0, "request");
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    protect(headers);
    response
}

/// The error behind an answer that still needs its page: a handler's, or one of the router and its
/// extractors, which know nothing of pages.
fn failure(response: &mut Response) -> Option<Arc<Error>> {
    if let Some(failed) = response.extensions_mut().remove::<Failed>() {
        return Some(failed.0);
    }
    let kind = response.headers().get(header::CONTENT_TYPE).map(|kind| kind.as_bytes());
    let is_bare = kind.is_none_or(|kind| kind.starts_with(b"text/plain"));
    match response.status() {
        // An id in the address that is none, e.g. /trainings/7.
        StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND if is_bare => Some(Arc::new(Error::NotFound)),
        StatusCode::METHOD_NOT_ALLOWED if is_bare => Some(Arc::new(Error::NotFound)),
        StatusCode::PAYLOAD_TOO_LARGE if is_bare => Some(Arc::new(Error::invalid(
            "",
            "送信された内容が大きすぎます。ファイルを小さくするか、数を減らしてください。",
        ))),
        // The time limit around every request (crate::router): its answer has no content at all.
        StatusCode::SERVICE_UNAVAILABLE if kind.is_none() => {
            Some(Arc::new(Error::Unavailable("the time limit for a request has passed".to_owned())))
        }
        _ => None,
    }
}

fn wants_json(request: &Request) -> bool {
    request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json") && !accept.contains("text/html"))
}

/// No inline script or style, no framing, no sniffing, no referrer to other sites.
const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
         font-src 'self'; media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("permissions-policy", "camera=(self), microphone=(), geolocation=()"),
    ("cross-origin-opener-policy", "same-origin"),
];

fn protect(headers: &mut axum::http::HeaderMap) {
    for (name, value) in HEADERS {
        headers.entry(*name).or_insert(HeaderValue::from_static(value));
    }
    // Pages hold personal data: nothing between us and the reader may keep them.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// A panic is a fault like any other: a page with an id, the cause in the log.
pub fn after_panic(cause: Box<dyn std::any::Any + Send>) -> Response {
    let text = cause
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "panic".to_owned());
    WebError(Error::Fault(format!("panic: {text}"))).into_response()
}
