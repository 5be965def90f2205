//! Letters to print, to post, and that were posted.

use crate::ctx::Ctx;
use crate::desk::list::{attachment, dated};
use crate::desk::paging::{Pager, Tab, link};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::post_letter::actions::{self, Outcome};
use mamis_app::post_letter::lists::{self, Line, PAGE, View};
use mamis_rules::base::Day;
use serde::Deserialize;
use uuid::Uuid;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    view: String,
    q: String,
    page: String,
}

#[derive(Template)]
#[template(path = "post_letter/list.html")]
struct ListPage {
    page: Page,
    tabs: Vec<Tab>,
    view: String,
    /// Letters can be chosen.
    waiting: bool,
    q: String,
    rows: Vec<LineView>,
    pager: Pager,
    posted_on: String,
    reason: String,
    problems: Problems,
}

struct LineView {
    id: Uuid,
    chosen: bool,
    name: String,
    kana: String,
    subject: String,
    /// Whether an address is known; the address itself is on the print.
    has_destination: bool,
    written_on: String,
    /// Why it goes by post.
    why: &'static str,
    /// When it was posted or dropped, and by whom.
    done: String,
}

/// The list.
pub async fn list(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    show(&list_page(&ctx, asked).await?)
}

async fn list_page(ctx: &Ctx, asked: Asked) -> Result<ListPage, WebError> {
    let (view, number) = (View::read(&asked.view), asked.page.parse().unwrap_or(1));
    let (rows, total) = lists::page(ctx, view, asked.q.trim(), number).await?;
    let fields = [("view", asked.view.as_str()), ("q", asked.q.as_str())];
    Ok(ListPage {
        page: Page::new(ctx, "郵送する案内"),
        tabs: View::ALL.iter().map(|each| tab(&asked, *each, view, total)).collect(),
        waiting: view == View::Waiting,
        rows: rows.iter().map(line).collect(),
        pager: Pager::new(total, number, PAGE, "/post-letters", &fields),
        posted_on: ctx.today().to_string(),
        reason: String::new(),
        problems: Problems::default(),
        view: asked.view,
        q: asked.q,
    })
}

fn tab(asked: &Asked, view: View, current: View, total: u64) -> Tab {
    let href = link("/post-letters", &[("view", view.name()), ("q", &asked.q)]);
    Tab::of_view(href, view.label(), (view == current).then_some(total))
}

fn line(line: &Line) -> LineView {
    let row = &line.row;
    LineView {
        id: row.id,
        chosen: false,
        name: line.name(),
        kana: format!("{} {}", line.person.family_kana, line.person.given_kana),
        subject: row.subject.clone(),
        has_destination: line.destination.is_some(),
        written_on: line.written_on().japanese(),
        why: if line.is_failed_mail() {
            "メールが届きませんでした"
        } else {
            "確認済みのメールアドレスがありません"
        },
        done: row
            .posted_on
            .map_or_else(String::new, |on| format!("{}　{}", Day::from(on).japanese(), row.posted_by)),
    }
}

/// Prints the chosen letters as one file.
pub async fn print(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    match actions::print(&ctx, &chosen(&fields)).await {
        Ok(bytes) => Ok(attachment("application/pdf", &dated("郵送する案内", ctx.today(), "pdf"), bytes)),
        Err(error) => again(&ctx, &fields, error).await,
    }
}

/// Records that the chosen letters were posted, or will not be.
pub async fn record(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let outcome = match fields.text("act") {
        "unneeded" => Outcome::Unneeded(fields.text("reason").to_owned()),
        _ => Outcome::Posted(Day::parse_written(fields.text("posted_on")).ok()),
    };
    match actions::record(&ctx, &chosen(&fields), &outcome).await {
        Ok(count) => {
            let what = if matches!(outcome, Outcome::Posted(_)) { "郵送した" } else { "送らない" };
            Ok(ctx.done("/post-letters", &format!("{count}件を「{what}」と記録しました。")))
        }
        Err(error) => again(&ctx, &fields, error).await,
    }
}

fn chosen(fields: &Fields) -> Vec<Uuid> {
    fields.all("id").filter_map(|id| id.parse().ok()).collect()
}

/// The page as it was, with what is to be mended.
async fn again(ctx: &Ctx, fields: &Fields, error: Error) -> Result<Response, WebError> {
    let Error::Invalid(problems) = error else { return Err(error.into()) };
    let asked =
        Asked { q: fields.text("q").to_owned(), page: fields.text("page").to_owned(), ..Asked::default() };
    let mut page = list_page(ctx, asked).await?;
    let ids = chosen(fields);
    page.rows.iter_mut().for_each(|row| row.chosen = ids.contains(&row.id));
    page.problems = Problems(problems);
    (page.posted_on, page.reason) = (fields.text("posted_on").to_owned(), fields.text("reason").to_owned());
    show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
