//! The list of documents and their files.

use crate::ctx::Ctx;
use crate::desk::list::inline;
use crate::desk::paging::{Choice, Pager};
use crate::error::WebError;
use crate::form::Fields;
use crate::page::{Page, show};
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use mamis_app::document::lists::{self, Filter, Line, PAGE};
use mamis_app::{Error, certification, document};
use mamis_rules::access::Duty;
use mamis_rules::access::document::Kind;
use mamis_rules::association::Tier;
use mamis_rules::base::{CertificationId, DocumentId};
use serde::Deserialize;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    kind: String,
    q: String,
    page: String,
}

#[derive(Template)]
#[template(path = "document/list.html")]
struct ListPage {
    page: Page,
    q: String,
    kind: String,
    kinds: Vec<Choice>,
    rows: Vec<LineView>,
    pager: Pager,
}

struct LineView {
    href: String,
    number: String,
    kind: &'static str,
    about: String,
    issued_on: String,
    note: &'static str,
    reissue: Option<String>,
}

/// What is kept on the list, by the duties of the reader.
const KINDS: &[Kind] =
    &[Kind::Certificate, Kind::NoticeLetter, Kind::AttendanceCertificate, Kind::CreditStatement];

/// The documents that the office sees.
pub async fn list(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let kind = asked.kind.parse::<Kind>().ok();
    let number = asked.page.parse().unwrap_or(1);
    let filter = Filter { kind, text: asked.q.trim().to_owned() };
    let (rows, total) = lists::page(&ctx, &filter, number).await?;
    let national = ctx.actor.holds_at_tier(Duty::Certification, Tier::National);
    let fields = [("kind", asked.kind.as_str()), ("q", asked.q.as_str())];
    show(&ListPage {
        page: Page::new(&ctx, "文書"),
        kinds: kinds(&ctx).map(|kind| Choice::new(kind.name(), kind.label())).collect(),
        rows: rows.iter().map(|row| line(row, national)).collect(),
        pager: Pager::new(total, number, PAGE, "/documents", &fields),
        q: asked.q.clone(),
        kind: asked.kind.clone(),
    })
}

fn kinds(ctx: &Ctx) -> impl Iterator<Item = &'static Kind> {
    let holds = |duty: Duty| ctx.actor.duties().iter().any(|held| held.duty == duty);
    let duties = [Duty::Certification, Duty::Training].map(|duty| (duty, holds(duty)));
    KINDS.iter().filter(move |kind| duties.contains(&(kind.duty(), true)))
}

fn line(row: &Line, national: bool) -> LineView {
    LineView {
        href: format!("/documents/{}.pdf", row.id),
        number: row.number.clone(),
        kind: row.kind.label(),
        about: if row.person.is_empty() { format!("{} あて", row.addressee) } else { row.person.clone() },
        issued_on: row.issued_on.japanese(),
        note: match (row.is_replaced, row.is_duplicate) {
            (true, _) if row.certification.is_some() => "再発行により差し替え済み",
            (true, _) => "無効（差し替え・取消し）",
            (false, true) => "再発行",
            (false, false) => "",
        },
        reissue: row
            .certification
            .filter(|_| national && !row.is_replaced)
            .map(|id| format!("/certifications/{id}/reissues")),
    }
}

/// The file of a document: `/documents/<id>.pdf`.
pub async fn file(ctx: Ctx, Path(file): Path<String>) -> Result<Response, WebError> {
    let id = file.strip_suffix(".pdf").and_then(|id| id.parse::<DocumentId>().ok()).ok_or(Error::NotFound)?;
    let (row, bytes) = document::actions::open(&ctx, id).await?;
    let kind = row.kind.parse::<Kind>().map_or("文書", |kind| kind.label());
    // 認定証・修了証: the first word is the one of our schemes.
    let kind = kind.split('・').next().unwrap_or(kind);
    Ok(inline("application/pdf", &format!("{kind}-{}.pdf", row.number), bytes))
}

/// A duplicate of a certificate.
pub async fn reissue(
    ctx: Ctx,
    Path(id): Path<CertificationId>,
    fields: Fields,
) -> Result<Response, WebError> {
    certification::actions::reissue(&ctx, id, fields.text("reason")).await?;
    Ok(ctx.done("/documents", "認定証を再発行しました。"))
}
