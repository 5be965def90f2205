//! Whether the process lives, whether it can serve, and its figures.

use crate::error::WebError;
use axum::extract::{ConnectInfo, State};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mamis_app::secret::sha256_hex;
use mamis_app::{App, Error};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts counting; once for each process, later calls change nothing.
pub fn start_metrics() {
    RECORDER.get_or_init(|| {
        PrometheusBuilder::new()
            .install_recorder()
            .unwrap_or_else(|_| PrometheusBuilder::new().build_recorder().handle())
    });
}

/// The process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// The database answers and its tables are up to date.
pub async fn ready(State(app): State<Arc<App>>) -> Response {
    let text = match tokio::time::timeout(PATIENCE, app.db.pending_migrations()).await {
        Ok(Ok(pending)) if pending.is_empty() => return "ready\n".into_response(),
        Ok(Ok(pending)) => format!("the database is behind: {}\n", pending.join(", ")),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            "the database does not answer\n".to_owned()
        }
        Err(_) => {
            tracing::warn!("not ready: no connection to the database in time");
            "the database does not answer\n".to_owned()
        }
    };
    (StatusCode::SERVICE_UNAVAILABLE, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text)
        .into_response()
}

/// Balancers ask every few seconds; pages wait longer for the database, so that a short restart of it costs
/// nobody a page.
const PATIENCE: Duration = Duration::from_secs(3);

/// Figures for Prometheus, for this machine itself or whoever has the token of the settings; no personal
/// data, but they tell how busy an office is. Behind a proxy every visitor comes from this machine: what
/// carries X-Forwarded-For is a visitor.
pub async fn metrics(
    State(app): State<Arc<App>>,
    extensions: Extensions,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical());
    let is_here = peer.is_some_and(|peer| peer.is_loopback())
        && !FORWARDED.iter().any(|name| headers.contains_key(*name));
    if !is_here && !has_token(&headers, &app.settings.metrics_token) {
        return Err(Error::NotFound.into());
    }
    let text = RECORDER.get().map(PrometheusHandle::render).unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// What proxies add.
const FORWARDED: [&str; 4] = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];

fn has_token(headers: &HeaderMap, token: &str) -> bool {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    // Hashes are compared: the time says nothing about the token.
    given.is_some_and(|given| {
        !token.is_empty() && sha256_hex(given.as_bytes()) == sha256_hex(token.as_bytes())
    })
}
