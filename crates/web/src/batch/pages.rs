//! The list of batches, one batch, and its packet.

use crate::ctx::Ctx;
use crate::desk::list::{XLSX, attachment, inline};
use crate::desk::paging::{Choice, Crumb, Pager};
use crate::error::WebError;
use crate::form::Problems;
use crate::page::{Page, show_with};
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use mamis_app::batch::lists::{self, Filter, Item, Line, PAGE};
use mamis_app::batch::{Body, ItemResult, State, actions, packet};
use mamis_rules::association::Tier;
use mamis_rules::base::{BatchId, Day};
use mamis_rules::flow::certification::State as Stage;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "batch/list.html")]
struct ListPage {
    page: Page,
    q: String,
    state: String,
    states: Vec<Choice>,
    filtered: bool,
    rows: Vec<LineView>,
    pager: Pager,
}

struct LineView {
    href: String,
    number: String,
    association: String,
    body: &'static str,
    state: String,
    badge: &'static str,
    held_on: String,
    items: i64,
    open: i64,
}

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    state: String,
    page: String,
}

/// The batches.
pub async fn list(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let number = asked.page.parse().unwrap_or(1);
    let filter = Filter { state: asked.state.parse().ok(), text: asked.q.trim().to_owned() };
    let (rows, total) = lists::page(&ctx, &filter, number).await?;
    let fields = [("q", asked.q.as_str()), ("state", asked.state.as_str())];
    crate::page::show(&ListPage {
        page: Page::new(&ctx, "理事会と一括申請"),
        states: State::ALL.iter().map(|state| Choice::new(state.name(), choice(*state))).collect(),
        filtered: filter != Filter::default(),
        rows: rows.iter().map(line).collect(),
        pager: Pager::new(total, number, PAGE, "/batches", &fields),
        q: asked.q,
        state: asked.state,
    })
}

/// The word in the filter, which stands for the batches of every tier.
fn choice(state: State) -> &'static str {
    match state {
        State::Collecting => "会議待ち",
        State::Decided => "会議の結果を記録済み",
        State::Submitted => "完了",
    }
}

fn line(row: &Line) -> LineView {
    let (state, badge) = words(row.state, row.body, row.tier, row.waiting);
    LineView {
        href: format!("/batches/{}", row.id),
        number: row.number.clone(),
        association: row.association.clone(),
        body: row.body.label(),
        state,
        badge,
        held_on: row.held_on.map(Day::japanese).unwrap_or_default(),
        items: row.items,
        open: row.open,
    }
}

/// The words and the colour for how far a batch is. A meeting whose results are recorded for some only says for how
/// many they are still to come.
fn words(state: State, body: Body, tier: Tier, waiting: i64) -> (String, &'static str) {
    let (word, badge) = match (state, body) {
        (State::Collecting, _) => return (format!("{}待ち", body.label()), "info"),
        (State::Submitted, _) => return ("完了".to_owned(), "success"),
        (State::Decided, Body::Committee) if waiting > 0 => ("運営委員会の結果を一部記録済み", "warning"),
        (State::Decided, Body::Committee) => ("運営委員会の結果を記録済み", "success"),
        (State::Decided, Body::Board) if tier == Tier::National => ("一括承認待ち", "warning"),
        (State::Decided, Body::Board) => ("一括申請待ち", "warning"),
    };
    let rest = if waiting > 0 { format!("（結果が未記録 {waiting}件）") } else { String::new() };
    (format!("{word}{rest}"), badge)
}

#[derive(Template)]
#[template(path = "batch/show.html")]
struct ShowPage {
    page: Page,
    trail: Vec<Crumb>,
    id: String,
    association: String,
    scheme: &'static str,
    state: String,
    badge: &'static str,
    body: &'static str,
    /// A line for each meeting that decided something here.
    meetings: Vec<String>,
    rows: Vec<ItemView>,
    open: usize,
    may_work: bool,
    decides: bool,
    decide_to: String,
    /// Version shown: what was recorded meanwhile is not written over.
    version: i64,
    submits: bool,
    submit_label: &'static str,
    ready: usize,
    form: Meeting,
    problems: Problems,
}

struct ItemView {
    id: String,
    href: String,
    number: String,
    name: String,
    kana: String,
    kind: String,
    home: String,
    fee: String,
    remarks: String,
    result: &'static str,
    row_class: &'static str,
    message: String,
    stage: &'static str,
    waiting: bool,
    picked: bool,
    defer: bool,
    comment: String,
    /// What is wrong with the comment.
    lack: String,
}

/// What was typed about the meeting.
#[derive(Clone, Debug, Default)]
pub(super) struct Meeting {
    pub(super) held_on: String,
    pub(super) minutes_number: String,
    /// The applications ticked; all of them before anything was sent.
    pub(super) picked: Option<Vec<String>>,
    /// Application and comment of those put off.
    pub(super) deferred: Vec<(String, String)>,
}

/// One batch.
pub async fn show(ctx: Ctx, Path(id): Path<BatchId>) -> Result<Response, WebError> {
    page(&ctx, id, Meeting::default(), Problems::default()).await
}

/// One batch with a form as typed.
pub(super) async fn page(
    ctx: &Ctx,
    id: BatchId,
    form: Meeting,
    problems: Problems,
) -> Result<Response, WebError> {
    let batch = lists::find(ctx, id).await?;
    let waiting = batch.items.iter().filter(|item| item.result == ItemResult::Waiting).count();
    let (state, badge) =
        words(batch.state, batch.body, batch.tier, i64::try_from(waiting).unwrap_or(i64::MAX));
    let is_board = batch.body == Body::Board;
    let ready = |item: &&Item| matches!(item.result, ItemResult::Approved | ItemResult::Failed);
    let ready = batch.items.iter().filter(ready).count();
    let view = ShowPage {
        page: Page::new(ctx, format!("{}　{}", batch.row.number, batch.body.label())),
        trail: vec![Crumb::to("/desk", "担当中の案件"), Crumb::to("/batches", "理事会と一括申請")],
        id: id.to_string(),
        association: batch.association.name.clone(),
        scheme: batch.scheme.label(),
        state,
        badge,
        body: batch.body.label(),
        meetings: meetings(&batch),
        open: batch.items.iter().filter(|item| item.result.is_open(batch.body)).count(),
        may_work: batch.may_work,
        decides: batch.may_work && waiting > 0 && batch.state != State::Submitted,
        version: batch.row.version,
        decide_to: format!(
            "/batches/{id}/{}",
            if is_board { "board-decisions" } else { "committee-decisions" }
        ),
        submits: batch.may_work && is_board && batch.state != State::Collecting && ready > 0,
        submit_label: if batch.tier == Tier::National { "一括承認" } else { "一括申請" },
        ready,
        rows: batch.items.iter().map(|item| item_view(item, batch.body, &form, &problems)).collect(),
        form: prefilled(form, &batch.row),
        problems,
    };
    let status = view.problems.status();
    show_with(status, &view)
}

/// Which meetings decided: day, number of the minutes and, where there are several, how much.
fn meetings(batch: &lists::Page) -> Vec<String> {
    let held = batch.meetings();
    let several = held.len() > 1;
    let line = |(day, minutes, count): (Day, String, usize)| {
        let count = if several { format!("、{count}件") } else { String::new() };
        format!("{}（議事録番号 {minutes}{count}）", day.japanese())
    };
    held.into_iter().map(line).collect()
}

/// A run that was cut off goes on with the meeting already noted.
fn prefilled(form: Meeting, row: &mamis_schema::batch::Model) -> Meeting {
    if !form.held_on.is_empty() || !form.minutes_number.is_empty() {
        return form;
    }
    Meeting {
        held_on: row.held_on.map(|day| day.to_string()).unwrap_or_default(),
        minutes_number: row.minutes_number.clone().unwrap_or_default(),
        ..form
    }
}

fn item_view(item: &Item, body: Body, form: &Meeting, problems: &Problems) -> ItemView {
    let id = item.application.to_string();
    let typed = form.deferred.iter().find(|(application, _)| *application == id);
    let failed = item.is_open() && !item.message.is_empty() && item.result != ItemResult::Waiting;
    ItemView {
        href: format!("/applications/{id}"),
        number: item.number.clone(),
        name: item.name.clone(),
        kana: item.kana.clone(),
        kind: item.kind.clone(),
        home: item.home.clone(),
        fee: match item.fee_received_on {
            Some(_) => format!("{} 済", item.fee),
            None => format!("{} 未納", item.fee),
        },
        remarks: item.remarks.clone(),
        result: result_word(item, body),
        row_class: if failed { "row-result is-refused" } else { "row-result is-done" },
        message: item.message.clone(),
        stage: item.stage.label(),
        waiting: item.result == ItemResult::Waiting,
        picked: form.picked.as_ref().is_none_or(|picked| picked.contains(&id)),
        defer: typed.is_some(),
        lack: problems.of(&format!("comment.{id}")).to_owned(),
        comment: typed.map(|(_, comment)| comment.clone()).unwrap_or_default(),
        id,
    }
}

fn result_word(item: &Item, body: Body) -> &'static str {
    match (item.result, body) {
        (ItemResult::Approved, Body::Committee) => "運営委員会で承認",
        (ItemResult::Approved, Body::Board) => "理事会で承認",
        (ItemResult::Submitted, _) if item.stage == Stage::Approved => "認定しました",
        (other, _) => other.label(),
    }
}

/// The packet as PDF, to read or to print.
pub async fn packet_pdf(ctx: Ctx, Path(id): Path<BatchId>) -> Result<Response, WebError> {
    let made = actions::make_packet(&ctx, id).await?;
    let name = file_name(&lists::find(&ctx, id).await?, "pdf");
    Ok(inline("application/pdf", &name, packet::pdf(&ctx, made).await?))
}

/// The packet's list as an Excel workbook.
pub async fn packet_xlsx(ctx: Ctx, Path(id): Path<BatchId>) -> Result<Response, WebError> {
    let made = actions::make_packet(&ctx, id).await?;
    let name = file_name(&lists::find(&ctx, id).await?, "xlsx");
    Ok(attachment(XLSX, &name, packet::workbook(&ctx, made).await?))
}

/// An officer keeps several packets in one folder: the number tells them apart.
fn file_name(batch: &lists::Page, ending: &str) -> String {
    format!("{}資料-{}.{ending}", batch.body.label(), batch.row.number)
}
