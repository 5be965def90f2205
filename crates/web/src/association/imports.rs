//! The list of associations as a file: checked, looked at, carried out.

use crate::ctx::Ctx;
use crate::desk::list::{attachment, dated};
use crate::desk::paging::{Choice, Crumb, Pager, Tab, link};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::association::actions::import::{self as actions, File};
use mamis_app::association::lists::import::{self as lists, Checked, Judged, Summary};
use mamis_app::{Error, Problem};
use mamis_rules::association::import::{DAYS, DETAILS, Difference, LINES, Outcome, REQUIRED};
use mamis_rules::base::{AssociationId, AssociationImportId, Day};
use serde::Deserialize;

const PATH: &str = "/association-imports";

/// Lines on a page.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "association/imports.html")]
struct ListPage {
    page: Page,
    trail: Vec<Crumb>,
    offices: Vec<Choice>,
    association: String,
    required: String,
    optional: String,
    lines: usize,
    rows: Vec<LineView>,
    problems: Problems,
}

struct LineView {
    href: String,
    file: String,
    on: String,
    by: String,
    state: &'static str,
    badge: &'static str,
}

/// The form, and what was checked before.
pub async fn list(ctx: Ctx) -> Result<Response, WebError> {
    show(&list_page(&ctx, "", Problems::default()).await?)
}

async fn list_page(ctx: &Ctx, association: &str, problems: Problems) -> Result<ListPage, WebError> {
    let offices = lists::offices(ctx).await?;
    Ok(ListPage {
        page: Page::new(ctx, "医師会の一覧の取込み"),
        trail: vec![Crumb::to("/associations", "医師会の一覧")],
        association: match association {
            "" => offices.first().map(|(id, _)| id.to_string()).unwrap_or_default(),
            typed => typed.to_owned(),
        },
        offices: offices.iter().map(|(id, name)| Choice::new(&id.to_string(), name)).collect(),
        required: REQUIRED.join("、"),
        optional: DAYS.iter().chain(&DETAILS).copied().collect::<Vec<_>>().join("、"),
        lines: LINES,
        rows: lists::imports(ctx).await?.into_iter().map(line).collect(),
        problems,
    })
}

fn line(row: Summary) -> LineView {
    let (state, badge) = state(&row.state);
    LineView {
        href: format!("{PATH}/{}", row.id),
        file: row.file_name,
        on: Day::of(row.created_at).japanese(),
        by: row.by_name,
        state,
        badge,
    }
}

fn state(name: &str) -> (&'static str, &'static str) {
    match name {
        "done" => ("取込み済み", "success"),
        _ => ("確認済み（まだ取り込んでいません）", "warning"),
    }
}

/// Checks a file.
pub async fn create(ctx: Ctx, mut fields: Fields) -> Result<Response, WebError> {
    match checked(&ctx, &mut fields).await {
        Ok(id) => Ok(ctx.done(&format!("{PATH}/{id}"), "ファイルを確認しました。まだ何も変わっていません。")),
        Err(Error::Invalid(problems)) => {
            let page = list_page(&ctx, fields.text("association"), Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn checked(ctx: &Ctx, fields: &mut Fields) -> mamis_app::Result<AssociationImportId> {
    let association = fields.text("association").parse::<AssociationId>();
    let sheet = fields.take_sheet("file");
    let (_, mut problems) = fields.take_uploads();
    if association.is_err() {
        problems.push(Problem::at("association", "どの事務局として確認するかを選んでください。"));
    }
    if sheet.is_none() && problems.is_empty() {
        problems.push(Problem::at("file", "CSV か Excel（.xlsx）のファイルを選んでください。"));
    }
    match (association, sheet, problems.is_empty()) {
        (Ok(association), Some((name, content)), true) => {
            actions::check(ctx, File { association, name, content }).await
        }
        _ => Err(Error::Invalid(problems)),
    }
}

/// The associations below the actor's offices, as a file that can be changed and taken in again.
pub async fn current(ctx: Ctx) -> Result<Response, WebError> {
    let bytes = lists::current(&ctx).await?;
    Ok(attachment("text/csv; charset=utf-8", &dated("医師会一覧", ctx.today(), "csv"), bytes))
}

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    show: String,
    page: String,
}

#[derive(Template)]
#[template(path = "association/import.html")]
struct ShowPage {
    page: Page,
    trail: Vec<Crumb>,
    own: String,
    state: &'static str,
    badge: &'static str,
    facts: Vec<(&'static str, String)>,
    is_checked: bool,
    ready: usize,
    wrong: usize,
    version: i64,
    tabs: Vec<Tab>,
    rows: Vec<RowView>,
    pager: Pager,
}

struct RowView {
    number: usize,
    code: String,
    name: String,
    state: &'static str,
    badge: &'static str,
    lines: Vec<String>,
}

/// A list that was checked.
pub async fn page(
    ctx: Ctx,
    Path(id): Path<AssociationImportId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let found = lists::import(&ctx, ctx.db(), id).await?;
    show(&show_page(&ctx, &found, &asked))
}

/// Name in the address, label, and which lines.
type Tabbed = (&'static str, &'static str, fn(&Outcome) -> bool);

/// Table: the tabs.
const TABS: [Tabbed; 4] = [
    ("", "変わる行", |outcome| matches!(outcome, Outcome::New | Outcome::Change(_))),
    ("problems", "直すところがある行", |outcome| matches!(outcome, Outcome::Problem(_))),
    ("same", "変更のない行", |outcome| matches!(outcome, Outcome::Same)),
    ("all", "すべての行", |_| true),
];

fn show_page(ctx: &Ctx, found: &Checked, asked: &Asked) -> ShowPage {
    let own = format!("{PATH}/{}", found.row.id);
    let chosen = TABS.iter().find(|(name, ..)| *name == asked.show).unwrap_or(&TABS[0]);
    let shown: Vec<&Judged> = found.lines.iter().filter(|line| (chosen.2)(&line.outcome)).collect();
    let number: u64 = asked.page.parse().unwrap_or(1);
    let pager = Pager::new(shown.len() as u64, number, SHOWN as u64, &own, &[("show", chosen.0)]);
    let first = usize::try_from(pager.page.saturating_sub(1)).unwrap_or_default() * SHOWN;
    let tab = |(name, label, wanted): &Tabbed| Tab {
        href: link(&own, &[("show", name)]),
        label,
        count: found.count(wanted).to_string(),
        current: *name == chosen.0,
    };
    let (state, badge) = state(&found.row.state);
    ShowPage {
        page: Page::new(ctx, "取込みの確認"),
        trail: vec![Crumb::to("/associations", "医師会の一覧"), Crumb::to(PATH, "医師会の一覧の取込み")],
        state,
        badge,
        facts: facts(found),
        is_checked: found.row.state == "checked",
        ready: found.count(TABS[0].2),
        wrong: found.count(TABS[1].2),
        version: found.row.version,
        tabs: TABS.iter().map(tab).collect(),
        rows: shown.into_iter().skip(first).take(SHOWN).map(row).collect(),
        pager,
        own,
    }
}

fn facts(found: &Checked) -> Vec<(&'static str, String)> {
    let row = &found.row;
    let day = |at| Day::of(at).japanese();
    let mut facts = vec![
        ("ファイル", row.file_name.clone()),
        ("確認した人", format!("{}（{}）", row.by_name, day(row.created_at))),
        ("新しく作る医師会", format!("{}件", found.count(|one| *one == Outcome::New))),
        ("名称や連絡先が変わる医師会", format!("{}件", found.count(|one| matches!(one, Outcome::Change(_))))),
    ];
    if let Some(at) = row.done_at {
        facts.push(("取り込んだ日", day(at)));
    }
    facts
}

fn row(line: &Judged) -> RowView {
    let (state, badge) = match &line.outcome {
        Outcome::New => ("新しく作ります", "info"),
        Outcome::Change(_) => ("変わります", "info"),
        Outcome::Same => ("変更なし", "neutral"),
        Outcome::Problem(_) => ("直してください", "warning"),
    };
    let differs = |one: &Difference| {
        let before = if one.before.is_empty() { "（なし）" } else { &one.before };
        format!("{}：{before} → {}", one.column, one.after)
    };
    RowView {
        number: line.number,
        code: line.line.as_ref().map(|line| line.code.clone()).unwrap_or_default(),
        name: line.line.as_ref().map_or_else(|| line.title.clone(), |line| line.name.clone()),
        state,
        badge,
        lines: match &line.outcome {
            Outcome::Change(differences) => differences.iter().map(differs).collect(),
            Outcome::Problem(problems) => problems.clone(),
            Outcome::New => line.line.iter().map(|line| format!("上位コード：{}", line.parent)).collect(),
            Outcome::Same => Vec::new(),
        },
    }
}

/// Carries a checked list out.
pub async fn run(
    ctx: Ctx,
    Path(id): Path<AssociationImportId>,
    fields: Fields,
) -> Result<Response, WebError> {
    let version = fields.text("version").parse().unwrap_or_default();
    let count = actions::carry_out(&ctx, id, version).await?;
    Ok(ctx.done(&format!("{PATH}/{id}"), &format!("{count}行を取り込みました。")))
}
