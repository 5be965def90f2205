//! Opening uploads.

use crate::ctx::Ctx;
use crate::error::WebError;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use mamis_app::attachment;
use mamis_rules::base::AttachmentId;

/// An upload. Pictures and PDF open in the browser inside an empty sandbox: whatever they hold runs nothing
/// on our origin.
pub async fn show(ctx: Ctx, Path(id): Path<AttachmentId>) -> Result<Response, WebError> {
    let (row, bytes) = attachment::actions::open(&ctx, id).await?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&row.media_type) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline; filename=\"attachment\""));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    Ok(response)
}
