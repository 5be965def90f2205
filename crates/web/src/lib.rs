//! HTTP: pages, reception and API. Handlers parse, call one action or list, and render.

pub mod account;
pub mod address;
pub mod application;
pub mod association;
pub mod attachment;
pub mod attendance;
pub mod attendance_certificate;
pub mod batch;
pub mod bulk_change;
pub mod calendar_feed;
pub mod certification;
pub mod ctx;
pub mod demo;
pub mod desk;
pub mod document;
pub mod duplicate;
pub mod duty;
pub mod error;
pub mod examination;
pub mod form;
pub mod handover;
pub mod head_count;
pub mod health;
pub mod invitation;
pub mod layer;
pub mod mail_text;
pub mod manual;
pub mod membership;
pub mod membership_application;
pub mod my;
pub mod notice;
pub mod officer;
pub mod on_behalf;
pub mod organizer;
pub mod page;
pub mod paper_credit;
pub mod passkey;
pub mod physician;
pub mod post_letter;
pub mod provisional_credential;
mod qr;
pub mod reception;
pub mod registration;
pub mod routes;
pub mod saved_search;
pub mod signup;
pub mod start;
pub mod terms;
pub mod training;
pub mod training_feed;
pub mod unsubscription;
pub mod verify;
pub mod waiting_offer;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use mamis_app::App;
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::timeout::TimeoutLayer;

/// A request that takes longer, uploads included, is cut off and answered with 503.
pub const LONGEST_REQUEST: Duration = Duration::from_secs(60);

/// The whole site of one process.
pub fn router(app: Arc<App>) -> Router {
    health::start_metrics();
    // A form may carry several uploads.
    let body_limit = app.settings.upload.max_mib.saturating_mul(8 * 1024 * 1024);
    routes::router()
        .layer(from_fn_with_state(app.clone(), layer::session::find))
        .layer(from_fn_with_state(app.clone(), layer::cross_site::refuse))
        .layer(CatchPanicLayer::custom(layer::after_panic))
        .layer(TimeoutLayer::with_status_code(axum::http::StatusCode::SERVICE_UNAVAILABLE, LONGEST_REQUEST))
        .layer(from_fn(layer::observe))
        // Pages are made anew for each reader: packing them harder costs more than the bytes it saves.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(DefaultBodyLimit::max(body_limit))
        .with_state(app)
}
