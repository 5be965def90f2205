//! Errors as answers. A handler returns [`WebError`]; a layer turns it into a page that carries the
//! request's id, and writes faults to the log under the same id.

use crate::desk::paging::link;
use crate::form::{Typed, Written};
use crate::layer::session::Reader;
use crate::page::{Page, show_with};
use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use mamis_app::{Error, Problem};
use std::sync::Arc;

/// An action's error on its way out.
#[derive(Debug)]
pub struct WebError(pub Error);

impl<E: Into<Error>> From<E> for WebError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// The error kept with the answer until the layer writes the page.
#[derive(Clone)]
pub(crate) struct Failed(pub Arc<Error>);

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let mut response = status_of(&self.0).into_response();
        response.extensions_mut().insert(Failed(Arc::new(self.0)));
        response
    }
}

/// The status that says the same as the error.
pub fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::Refused(_) => StatusCode::FORBIDDEN,
        Error::Stale(_) => StatusCode::CONFLICT,
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    sentence: String,
    advice: &'static str,
    problems: Vec<Problem>,
    /// The page of the thing it was about; empty when there is none to go back to.
    item: String,
    /// What was typed and would be lost.
    typed: Vec<Written>,
    /// Where the reader's own pages begin.
    home: &'static str,
    /// Where an officer reads what their duties allow; empty for everybody else.
    why_not: String,
    /// Too many wrong passwords: a new one by mail opens the door at once.
    locked_out: bool,
}

/// The page (or the JSON) for an error.
pub(crate) fn render(
    error: &Error,
    request_id: &str,
    wants_json: bool,
    reader: Option<&Reader>,
    typed: &Typed,
) -> Response {
    match error {
        Error::Fault(cause) => tracing::error!(request_id, cause, "fault"),
        Error::Unavailable(cause) => tracing::error!(request_id, cause, "unavailable"),
        _ => {}
    }
    let mut response =
        if wants_json { json(error, request_id) } else { html(error, request_id, reader, typed) };
    let seconds = match error {
        Error::TooMany { minutes } => Some(minutes * 60),
        Error::Unavailable(_) => Some(RETRY_SECONDS),
        _ => None,
    };
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// When to ask again while the database is away: a restart takes seconds.
const RETRY_SECONDS: i64 = 30;

fn json(error: &Error, request_id: &str) -> Response {
    let problems = match error {
        Error::Invalid(problems) => problems.as_slice(),
        _ => &[],
    };
    let (_, sentence, _) = words(error);
    let body = serde_json::json!({"error": sentence, "problems": problems, "request_id": request_id});
    (status_of(error), [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn html(error: &Error, request_id: &str, reader: Option<&Reader>, typed: &Typed) -> Response {
    let status = status_of(error);
    let (title, sentence, advice) = words(error);
    let problems = match error {
        Error::Invalid(problems) => problems.clone(),
        _ => Vec::new(),
    };
    let mut page = Page::bare(title, request_id);
    if let Some(reader) = reader {
        page = page.seen_by(reader);
    }
    let home = page.nav.first().map_or("/", |first| first.href);
    let item = match (error, reader) {
        (Error::Stale(_) | Error::Refused(_), Some(reader)) => item_of(&reader.path).unwrap_or_default(),
        _ => String::new(),
    };
    let typed = match error {
        Error::Stale(_) => typed.written().to_vec(),
        _ => Vec::new(),
    };
    let locked_out =
        matches!(error, Error::TooMany { .. }) && reader.is_some_and(|reader| reader.path == "/login");
    let why_not = match (error, reader) {
        (Error::NotFound | Error::Refused(_), Some(reader)) => why_not(reader),
        _ => String::new(),
    };
    let page = ErrorPage { page, why_not, sentence, advice, problems, item, typed, home, locked_out };
    show_with(status, &page).unwrap_or_else(|_| status.into_response())
}

/// The page that explains the officer's own duties, for the address that was refused.
fn why_not(reader: &Reader) -> String {
    match &reader.current {
        Some(current) if !current.actor.duties().is_empty() => {
            link("/why-not", &[("path", reader.path.as_str())])
        }
        _ => String::new(),
    }
}

/// `/trainings/7` for `/trainings/7/decisions`, for the nouns whose page shows how things stand; the list where a noun
/// has no page for one.
fn item_of(path: &str) -> Option<String> {
    let mut parts = path.split('/').skip(1);
    let noun = parts.next()?;
    let id = parts.next()?;
    match noun {
        "trainings" | "applications" | "batches" | "certifications" | "physicians" => {
            parts.next().map(|_| format!("/{noun}/{id}"))
        }
        "officers" | "post-letters" => Some(format!("/{noun}")),
        _ => None,
    }
}

fn words(error: &Error) -> (&'static str, String, &'static str) {
    match error {
        Error::NotFound => (
            "ページが見つかりません",
            "お探しのページは、ないか、ご覧になれません。".to_owned(),
            "アドレスを確認するか、メニューから進んでください。",
        ),
        Error::Refused(reason) => {
            ("この操作はできません", reason.clone(), "理由を確認して、前のページに戻ってください。")
        }
        Error::Stale(what) => {
            ("先に変更されています", what.clone(), "いまの内容を確認してから、もう一度操作してください。")
        }
        Error::Invalid(_) => (
            "入力内容を確認してください",
            "次の点を直してから、もう一度送信してください。".to_owned(),
            "ブラウザーの「戻る」で、入力した内容に戻れます。",
        ),
        Error::TooMany { .. } => {
            ("しばらくお待ちください", error.to_string(), "お急ぎの場合は、所属の医師会へご連絡ください。")
        }
        Error::Unavailable(_) => (
            "ただいまご利用になれません",
            "システムが一時的に止まっているか、混み合っています。送信した内容は、保存されていないことがあります。".to_owned(),
            "1分ほど待ってから、もう一度お試しください。続くときは、下のお問い合わせ番号をお知らせください。",
        ),
        Error::Fault(_) => (
            "申し訳ありません。処理できませんでした",
            "システムの中で問題が起きました。入力した内容は保存されていないことがあります。".to_owned(),
            "少し待ってからもう一度お試しください。続くときは、下のお問い合わせ番号をお知らせください。",
        ),
    }
}
