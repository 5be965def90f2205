//! The list of pairs, and the report of a merging.

use crate::ctx::Ctx;
use crate::desk::paging::{Crumb, Pager, Tab, link};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::decision::at;
use mamis_app::duplicate::actions;
use mamis_app::duplicate::lists::{self, Line, Merged, PAGE, View};
use mamis_rules::base::{Day, MergeId};
use mamis_rules::physician::duplicate::Sign;
use serde::Deserialize;

const PATH: &str = "/duplicates";

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    view: String,
    page: String,
}

#[derive(Template)]
#[template(path = "duplicate/list.html")]
struct ListPage {
    page: Page,
    trail: Vec<Crumb>,
    tabs: Vec<Tab>,
    rows: Vec<LineView>,
    is_open: bool,
    pager: Pager,
}

struct LineView {
    href: String,
    people: [(String, String, String); 2],
    signs: String,
    score: i32,
    decided: String,
}

/// The pairs.
pub async fn list(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let view = View::read(&asked.view);
    let number = asked.page.parse().unwrap_or(1);
    let (rows, total, more) = lists::page(&ctx, view, number).await?;
    let tab = |one: &View| {
        let shown = (*one == view).then_some(total);
        Tab::of_view(link(PATH, &[("view", one.name())]), one.label(), shown)
    };
    show(&ListPage {
        page: Page::new(&ctx, "重複登録の確認"),
        trail: vec![Crumb::to("/physicians", "医師")],
        tabs: View::ALL.iter().map(tab).collect(),
        is_open: view == View::Open,
        pager: Pager::counted((total, more), number, PAGE, PATH, &[("view", view.name())]),
        rows: rows.into_iter().map(line).collect(),
    })
}

fn line(line: Line) -> LineView {
    let href = match line.merge {
        Some(merge) => format!("/merges/{merge}"),
        None => format!("{PATH}/{}", line.id),
    };
    LineView {
        href,
        signs: signs(&line.signs),
        people: line.people,
        score: line.score,
        decided: line.decided.map(|(who, when)| format!("{}　{who}", at(when))).unwrap_or_default(),
    }
}

/// What is alike, in words.
pub(super) fn signs(signs: &[Sign]) -> String {
    signs.iter().map(|sign| sign.label()).collect::<Vec<_>>().join("、")
}

#[derive(Template)]
#[template(path = "duplicate/merged.html")]
struct MergedPage {
    page: Page,
    trail: Vec<Crumb>,
    own: String,
    person: String,
    facts: Vec<(&'static str, String)>,
    moved: Vec<(&'static str, usize)>,
    stayed: Vec<(&'static str, usize)>,
    may_undo: bool,
    /// What moved has moved back.
    is_undone: bool,
    problems: Problems,
    reason: String,
}

/// What a merging did.
pub async fn merged(ctx: Ctx, Path(id): Path<MergeId>) -> Result<Response, WebError> {
    let found = lists::merged(&ctx, id).await?;
    show(&merged_page(&ctx, found, Problems::default(), ""))
}

/// Takes it back.
pub async fn undo(ctx: Ctx, Path(id): Path<MergeId>, fields: Fields) -> Result<Response, WebError> {
    match actions::undo(&ctx, id, fields.text("reason")).await {
        Ok(changed) => {
            let to = format!("/merges/{id}");
            if changed.is_empty() {
                return Ok(ctx.done(&to, "統合を元に戻しました。"));
            }
            let text = format!(
                "統合を元に戻しました。{}は、統合のあとに変更されたため、そのままです。",
                changed.join("、")
            );
            Ok(ctx.lead(&to, "warning", &text))
        }
        Err(Error::Invalid(problems)) => {
            let found = lists::merged(&ctx, id).await?;
            let page = merged_page(&ctx, found, Problems(problems), fields.text("reason"));
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

fn merged_page(ctx: &Ctx, found: Merged, problems: Problems, reason: &str) -> MergedPage {
    let row = &found.row;
    let mut facts = vec![
        ("統合した日時", at(row.created_at)),
        ("統合した人", row.by_name.clone()),
        ("同じ人と判断した理由", row.reason.clone()),
    ];
    facts.extend(found.undo_until.map(|day: Day| ("元に戻せる期限", day.japanese())));
    if let Some(undone) = row.undone_at {
        facts.push(("元に戻した日時", at(undone)));
        facts.push(("元に戻した人", row.undone_by.clone()));
        facts.push(("元に戻した理由", row.undone_reason.clone()));
    }
    MergedPage {
        page: Page::new(ctx, format!("{}さんの統合の記録", found.kept)),
        trail: vec![Crumb::to("/physicians", "医師"), Crumb::to("/duplicates?view=merged", "重複登録の確認")],
        own: format!("/merges/{}", row.id),
        person: format!("/physicians/{}", row.kept),
        facts,
        moved: found.moved,
        stayed: found.stayed,
        may_undo: found.may_undo,
        is_undone: row.undone_at.is_some(),
        problems,
        reason: reason.to_owned(),
    }
}
