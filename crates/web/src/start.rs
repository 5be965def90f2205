//! The first page, help, and the files of every page.

use crate::ctx::{Ctx, see_other};
use crate::error::WebError;
use crate::page::{Page, show};
use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use mamis_app::Error;
use mamis_app::document::RARE_KANJI;
use mamis_rules::access::Actor;
use rust_embed::RustEmbed;
use std::sync::LazyLock;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

#[derive(Template)]
#[template(path = "start/top.html")]
struct TopPage {
    page: Page,
}

/// The first page; somebody logged in goes straight to my page or to the desk.
pub async fn top(ctx: Ctx) -> Result<Response, WebError> {
    match &ctx.actor {
        Actor::Physician { .. } => Ok(see_other("/my")),
        Actor::Officer { .. } => Ok(see_other("/desk")),
        _ => show(&TopPage { page: Page::new(&ctx, "医師会 会員・研修システム") }),
    }
}

#[derive(Template)]
#[template(path = "start/help.html")]
struct HelpPage {
    page: Page,
    is_office: bool,
}

/// Where to find help.
pub async fn help(ctx: Ctx) -> Result<Response, WebError> {
    let is_office = matches!(ctx.actor, Actor::Officer { .. });
    show(&HelpPage { page: Page::new(&ctx, "使い方と問い合わせ先"), is_office })
}

#[derive(Template)]
#[template(path = "start/accessibility.html")]
struct AccessibilityPage {
    page: Page,
}

/// The statement on accessibility.
pub async fn accessibility(ctx: Ctx) -> Result<Response, WebError> {
    show(&AccessibilityPage { page: Page::new(&ctx, "アクセシビリティ") })
}

/// Style, scripts and pictures, built into the program.
pub async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    serve(&path, &headers)
}

/// The reception's service worker: its scope is the folder it is served from, hence the root.
pub async fn reception_worker(headers: HeaderMap) -> Response {
    serve("js/reception-sw.js", &headers)
}

fn serve(path: &str, headers: &HeaderMap) -> Response {
    match content(path) {
        Some(found) => answer_file(found, path, headers),
        None => WebError(Error::NotFound).into_response(),
    }
}

/// A file built into the program and its hash as an answer, or nothing new where the browser has it.
pub(crate) fn answer_file((content, hash): (Bytes, String), path: &str, headers: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", hash.split_at(16).0);
    let fresh = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let mut response = if fresh {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, kind(path))], content).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep(path)));
    if let Ok(value) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, value);
    }
    response
}

static FONT_HASH: LazyLock<String> = LazyLock::new(|| mamis_app::secret::sha256_hex(RARE_KANJI));

/// A file and its hash; the font is one of the documents' fonts.
fn content(path: &str) -> Option<(Bytes, String)> {
    if path == "font/rare-kanji.otf" {
        return Some((Bytes::from_static(RARE_KANJI), FONT_HASH.clone()));
    }
    let file = Static::get(path)?;
    let hash = mamis_app::secret::sha256_hex(&file.metadata.sha256_hash());
    Some((Bytes::from(file.data.into_owned()), hash))
}

/// How long a browser may use a file without asking: the font is large, and changes with its own version only.
fn keep(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("otf") => "public, max-age=2592000",
        _ => "public, max-age=300, must-revalidate",
    }
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("otf") => "font/otf",
        Some("webmanifest") => "application/manifest+json",
        _ => "text/plain; charset=utf-8",
    }
}
