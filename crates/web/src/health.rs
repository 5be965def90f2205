//! Whether the process lives, whether it can serve, and its figures.

use crate::error::WebError;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use mamis_app::App;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::{Arc, OnceLock};

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
pub async fn ready(State(app): State<Arc<App>>) -> Result<Response, WebError> {
    let pending = app.db.pending_migrations().await?;
    Ok(if pending.is_empty() {
        "ready\n".into_response()
    } else {
        let text = format!("the database is behind: {}\n", pending.join(", "));
        (StatusCode::SERVICE_UNAVAILABLE, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text)
            .into_response()
    })
}

/// Figures for Prometheus; no personal data. The proxy keeps this address inside (docs/operations.md).
pub async fn metrics() -> String {
    RECORDER.get().map(PrometheusHandle::render).unwrap_or_default()
}
