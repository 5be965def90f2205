//! The letters of a notice on paper.

use crate::ctx::Ctx;
use crate::desk::list::{attachment, dated};
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::form::Fields;
use crate::page::{Page, show};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use mamis_app::notice::actions::{self, Printed, Unaddressed};
use mamis_rules::base::NoticeId;

/// Names shown: more would not be read.
const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "notice/unaddressed.html")]
struct UnaddressedPage {
    page: Page,
    trail: Vec<Crumb>,
    own: String,
    part: u64,
    count: usize,
    names: Vec<String>,
}

/// The letters that wait to be posted as one PDF.
pub async fn letters(ctx: Ctx, Path(id): Path<NoticeId>, fields: Fields) -> Result<Response, WebError> {
    let part = fields.text("part").parse().unwrap_or(1);
    let unaddressed = match fields.text("unaddressed") {
        "left_out" => Unaddressed::LeftOut,
        _ => Unaddressed::Shown,
    };
    match actions::print(&ctx, id, part, unaddressed).await? {
        Printed::File(bytes) => {
            let name = dated(&format!("お知らせの手紙{part}"), ctx.today(), "pdf");
            Ok(attachment("application/pdf", &name, bytes))
        }
        Printed::Missing(names) => show(&unaddressed_page(&ctx, id, part, names)),
    }
}

fn unaddressed_page(ctx: &Ctx, id: NoticeId, part: u64, mut names: Vec<String>) -> UnaddressedPage {
    let own = format!("/notices/{id}");
    let count = names.len();
    names.truncate(SHOWN);
    UnaddressedPage {
        page: Page::new(ctx, "住所が分からない方"),
        trail: vec![Crumb::to("/notices", "お知らせ"), Crumb::to(&own, "このお知らせ")],
        own,
        part,
        count,
        names,
    }
}

/// Records that all of them were posted.
pub async fn posted(ctx: Ctx, Path(id): Path<NoticeId>) -> Result<Response, WebError> {
    let count = actions::posted(&ctx, id).await?;
    Ok(ctx.done(&format!("/notices/{id}"), &format!("{count}通を「郵送した」と記録しました。")))
}
