//! The list of chapters, a chapter, all of them for the printer, and the pictures.

use super::chapter::{CHAPTERS, Chapter, Shown, picture};
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::page::{Page, show};
use crate::routes::routes;
use askama::Template;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use mamis_app::Error;
use mamis_rules::access::Actor;
use mamis_rules::access::gate::Gate;
use std::collections::HashMap;
use std::sync::LazyLock;

#[derive(Template)]
#[template(path = "manual/list.html")]
struct ListPage {
    page: Page,
    chapters: &'static [Chapter],
}

/// The chapters.
pub async fn list(ctx: Ctx) -> Result<Response, WebError> {
    show(&ListPage { page: Page::new(&ctx, "手引き"), chapters: CHAPTERS })
}

/// A chapter with what it becomes for this reader.
struct Part {
    chapter: &'static Chapter,
    shown: Shown,
}

#[derive(Template)]
#[template(path = "manual/chapter.html")]
struct ChapterPage {
    page: Page,
    /// One, or all of them.
    parts: Vec<Part>,
    /// Whether it is the whole manual.
    is_whole: bool,
}

/// A chapter, or with `all` the whole manual, each chapter on a page of its own when printed.
pub async fn chapter(ctx: Ctx, Path(slug): Path<String>) -> Result<Response, WebError> {
    let is_whole = slug == "all";
    let wanted = CHAPTERS.iter().filter(|chapter| is_whole || chapter.slug == slug);
    let may_open = |address: &str| may_open(&ctx.actor, address);
    let parts: Vec<Part> = wanted.map(|chapter| Part { shown: chapter.show(may_open), chapter }).collect();
    let title = match parts.as_slice() {
        [] => return Err(Error::NotFound.into()),
        [part] => part.chapter.title,
        _ => "手引き（すべての章）",
    };
    show(&ChapterPage { page: Page::new(&ctx, title), parts, is_whole })
}

static GATES: LazyLock<HashMap<&'static str, Gate>> =
    LazyLock::new(|| routes().into_iter().map(|route| (route.path, route.gate)).collect());

/// Whether the reader comes in where a link leads; somebody not logged in is asked to.
fn may_open(actor: &Actor, address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    *actor == Actor::Guest || GATES.get(path).is_none_or(|gate| gate.admits(actor))
}

/// A picture of a chapter.
pub async fn img(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match picture(&name) {
        None => WebError(Error::NotFound).into_response(),
        Some(file) => {
            let hash = mamis_app::secret::sha256_hex(&file.metadata.sha256_hash());
            crate::start::answer_file((file.data.into_owned().into(), hash), &name, &headers)
        }
    }
}
