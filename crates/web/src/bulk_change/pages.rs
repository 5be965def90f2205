//! The bulk changes of an office, and the page of one.

use crate::ctx::Ctx;
use crate::desk::list::{XLSX, attachment};
use crate::desk::paging::{Crumb, Pager, Tab, link};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use mamis_app::Error;
use mamis_app::bulk_change::actions;
use mamis_app::bulk_change::export::{self, As};
use mamis_app::bulk_change::lists::{self, Line, PAGE, RowLine, Shown, Wanted};
use mamis_rules::base::{BulkChangeId, Day};
use mamis_rules::bulk_change::{Act, Kind, RowState, State};
use mamis_schema::bulk_change_run;
use serde::Deserialize;

const PATH: &str = "/bulk-changes";

#[derive(Template)]
#[template(path = "bulk_change/list.html")]
struct ListPage {
    page: Page,
    trail: Vec<Crumb>,
    rows: Vec<LineView>,
    may_check: bool,
}

struct LineView {
    href: String,
    number: String,
    office: String,
    kind: &'static str,
    lines: i64,
    on: String,
    by: String,
    state: &'static str,
    badge: &'static str,
}

/// The list.
pub async fn list(ctx: Ctx) -> Result<Response, WebError> {
    let rows = lists::list(&ctx).await?;
    show(&ListPage {
        page: Page::new(&ctx, "一括変更"),
        trail: vec![Crumb::to("/desk", "担当中の案件")],
        rows: rows.into_iter().map(line).collect(),
        may_check: !lists::offices(&ctx).await?.is_empty(),
    })
}

fn line(line: Line) -> LineView {
    let state: Option<State> = line.row.state.parse().ok();
    LineView {
        href: format!("{PATH}/{}", line.row.id),
        number: line.row.number,
        office: line.office,
        kind: line.row.kind.parse::<Kind>().map(Kind::label).unwrap_or_default(),
        lines: line.lines,
        on: Day::of(line.row.created_at).japanese(),
        by: line.row.by_name,
        state: state.map(State::label).unwrap_or_default(),
        badge: state.map(badge).unwrap_or_default(),
    }
}

const fn badge(state: State) -> &'static str {
    match state {
        State::Checked => "warning",
        State::Running | State::Undoing => "info",
        State::Done => "success",
        State::Undone => "neutral",
    }
}

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    show: String,
    page: String,
}

#[derive(Template)]
#[template(path = "bulk_change/show.html")]
struct ShowPage {
    page: Page,
    trail: Vec<Crumb>,
    own: String,
    facts: Vec<(&'static str, String)>,
    state: &'static str,
    badge: &'static str,
    is_checked: bool,
    /// What is being carried out, and how many lines are left; empty for nothing.
    running: String,
    same_file: String,
    version: i64,
    ready: i64,
    shown: Shown,
    runs: Vec<String>,
    tabs: Vec<Tab>,
    rows: Vec<RowView>,
    pager: Pager,
}

struct RowView {
    line: i32,
    name: String,
    kana: String,
    what: String,
    state: &'static str,
    badge: &'static str,
    problem: String,
    application: String,
}

/// A bulk change with its lines.
pub async fn page(
    ctx: Ctx,
    Path(id): Path<BulkChangeId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let shown = lists::show(&ctx, id).await?;
    let wanted = if asked.show == "problems" { Wanted::Problems } else { Wanted::All };
    let number = asked.page.parse().unwrap_or(1);
    let (rows, total) = lists::page(&ctx, &shown.found, wanted, number).await?;
    let own = format!("{PATH}/{id}");
    let pager = Pager::new(total, number, PAGE, &own, &[("show", &asked.show)]);
    show(&show_page(&ctx, own, shown, wanted, (rows, pager)))
}

fn show_page(
    ctx: &Ctx,
    own: String,
    shown: Shown,
    wanted: Wanted,
    (rows, pager): (Vec<RowLine>, Pager),
) -> ShowPage {
    let found = &shown.found;
    let tab = |of: Wanted, label: &'static str, name: &str, count: String| Tab {
        href: link(&own, &[("show", name)]),
        label,
        count,
        current: of == wanted,
    };
    let tabs = vec![
        tab(Wanted::All, "すべての行", "", String::new()),
        tab(Wanted::Problems, "理由が書かれた行", "problems", shown.problems.to_string()),
    ];
    ShowPage {
        page: Page::new(ctx, format!("一括変更 {}", found.row.number)),
        trail: vec![Crumb::to("/desk", "担当中の案件"), Crumb::to(PATH, "一括変更")],
        facts: facts(&shown),
        state: found.state.label(),
        badge: badge(found.state),
        is_checked: found.state == State::Checked,
        running: shown.open_run().map(|run| act(run).to_owned()).unwrap_or_default(),
        same_file: shown.same_file.clone().unwrap_or_default(),
        version: found.row.version,
        ready: shown.count(RowState::Ready),
        runs: shown.runs.iter().map(run).collect(),
        tabs,
        rows: rows.into_iter().map(row).collect(),
        pager,
        own,
        shown,
    }
}

fn facts(shown: &Shown) -> Vec<(&'static str, String)> {
    let row = &shown.found.row;
    let counted = |(state, count): &(RowState, i64)| format!("{} {count}行", state.label());
    let counts: Vec<String> = shown.counts.iter().map(counted).collect();
    let mut facts = vec![
        ("医師会", shown.found.office.clone()),
        ("変えるもの", shown.found.kind.label().to_owned()),
        ("ファイル", row.file_name.clone()),
        ("確認した人", format!("{}（{}）", row.by_name, Day::of(row.created_at).japanese())),
        ("行の内訳", counts.join("、")),
    ];
    if !shown.desks.is_empty() {
        let desk = |(_, name, count): &(_, String, i64)| format!("{name} {count}件");
        let desks: Vec<String> = shown.desks.iter().map(desk).collect();
        facts.push(("承認を待っている手続き", desks.join("、")));
    }
    facts
}

fn act(run: &bulk_change_run::Model) -> &'static str {
    run.act.parse::<Act>().map(Act::label).unwrap_or_default()
}

fn run(run: &bulk_change_run::Model) -> String {
    let who =
        format!("{}：{}（{}・{}）", Day::of(run.created_at).japanese(), act(run), run.by_name, run.office);
    let end = match run.ended_at {
        None => "　処理しています。".to_owned(),
        Some(_) if run.failed == 0 => format!("　{}行を処理しました。", run.done),
        Some(_) => format!("　{}行を処理しました。{}行はできませんでした。", run.done, run.failed),
    };
    let reason = if run.reason.is_empty() { String::new() } else { format!("　理由：{}", run.reason) };
    format!("{who}{end}{reason}")
}

fn row(line: RowLine) -> RowView {
    RowView {
        line: line.row.line,
        name: line.name,
        kana: line.kana,
        what: line.row.what,
        state: line.state.label(),
        badge: match line.state {
            RowState::Ready => "info",
            RowState::Problem | RowState::Failed => "error",
            RowState::Same | RowState::Undone => "neutral",
            RowState::Done => "success",
        },
        problem: line.row.problem,
        application: line
            .row
            .application
            .map(|id| format!("/membership-applications/{id}"))
            .unwrap_or_default(),
    }
}

/// Has it carried out.
pub async fn enter(ctx: Ctx, Path(id): Path<BulkChangeId>, fields: Fields) -> Result<Response, WebError> {
    actions::enter(&ctx, id, fields.text("version").parse().unwrap_or_default()).await?;
    Ok(ctx.done(&format!("{PATH}/{id}"), "実行を始めました。終わるまで、ほかの画面で作業できます。"))
}

/// Has everything decided that waits of it.
pub async fn decide(ctx: Ctx, Path(id): Path<BulkChangeId>, fields: Fields) -> Result<Response, WebError> {
    let at = fields.text("at").parse().map_err(|_| Error::NotFound)?;
    actions::decide(&ctx, id, at).await?;
    Ok(ctx
        .done(&format!("{PATH}/{id}"), "まとめての承認を始めました。終わるまで、ほかの画面で作業できます。"))
}

#[derive(Template)]
#[template(path = "bulk_change/undo.html")]
struct UndoPage {
    page: Page,
    trail: Vec<Crumb>,
    own: String,
    version: i64,
    done: i64,
    desks: Vec<String>,
    reason: String,
    problems: Problems,
}

/// The question before it is taken back.
pub async fn new_undo(ctx: Ctx, Path(id): Path<BulkChangeId>) -> Result<Response, WebError> {
    undo_page(&ctx, id, &Fields::default(), Problems::default()).await
}

async fn undo_page(
    ctx: &Ctx,
    id: BulkChangeId,
    fields: &Fields,
    problems: Problems,
) -> Result<Response, WebError> {
    let shown = lists::show(ctx, id).await?;
    if !shown.may.undo {
        return Err(Error::refused("この一括変更は、いまは取り消せません。").into());
    }
    let status = problems.status();
    let own = format!("{PATH}/{id}");
    let number = &shown.found.row.number;
    show_with(
        status,
        &UndoPage {
            page: Page::new(ctx, format!("一括変更 {number} の取消し")),
            trail: vec![Crumb::to(PATH, "一括変更"), Crumb::to(&own, number)],
            version: shown.found.row.version,
            done: shown.count(RowState::Done),
            desks: shown.desks.iter().map(|(_, name, count)| format!("{name} {count}件")).collect(),
            reason: fields.text("reason").to_owned(),
            own,
            problems,
        },
    )
}

/// Has it taken back.
pub async fn undo(ctx: Ctx, Path(id): Path<BulkChangeId>, fields: Fields) -> Result<Response, WebError> {
    let version = fields.text("version").parse().unwrap_or_default();
    match actions::undo(&ctx, id, version, fields.text("reason")).await {
        Ok(()) => {
            Ok(ctx
                .done(&format!("{PATH}/{id}"), "取消しを始めました。終わるまで、ほかの画面で作業できます。"))
        }
        Err(Error::Invalid(problems)) => undo_page(&ctx, id, &fields, Problems(problems)).await,
        Err(error) => Err(error.into()),
    }
}

/// What became of every line, as an Excel workbook.
pub async fn result(ctx: Ctx, Path(id): Path<BulkChangeId>) -> Result<Response, WebError> {
    let (number, file) = export::result(&ctx, id, As::Workbook).await?;
    Ok(attachment(XLSX, &format!("一括変更の結果_{number}.xlsx"), file))
}
