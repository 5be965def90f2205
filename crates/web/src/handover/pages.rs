//! The form that makes a report, and the report itself.

use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Crumb};
use crate::duty::{choices, colleagues, day, host, value_of};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use mamis_app::duty::lists as duties;
use mamis_app::handover::actions::{self, Leaving};
use mamis_app::handover::lists::{self, Open};
use mamis_app::handover::print;
use mamis_app::officer::lists as officers;
use mamis_app::{Error, Problem};
use mamis_rules::base::{Day, HandoverId, OfficerId};
use serde::Deserialize;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The office to leave.
    at: String,
}

#[derive(Template)]
#[template(path = "handover/new.html")]
struct NewPage {
    page: Page,
    trail: Vec<Crumb>,
    action: String,
    back: String,
    name: String,
    seats: Vec<Choice>,
    at: String,
    colleagues: Vec<Choice>,
    last_day: String,
    successor: String,
    passes_on: bool,
    remarks: String,
    reason: String,
    problems: Problems,
}

/// Asks for the last day, the successor and what they must know.
pub async fn new(
    ctx: Ctx,
    Path(id): Path<OfficerId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    show(&new_page(&ctx, id, &asked.at, None, Problems::default()).await?)
}

/// Ends the duties and keeps the report.
pub async fn create(ctx: Ctx, Path(id): Path<OfficerId>, fields: Fields) -> Result<Response, WebError> {
    let outcome = match leaving(&fields) {
        Ok(leaving) => actions::hand_over(&ctx, id, &leaving).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(report) => {
            Ok(ctx.done(&format!("/handovers/{report}"), "引継書を作り、職務の最後の日を登録しました。"))
        }
        Err(Error::Invalid(problems)) => {
            let page = new_page(&ctx, id, fields.text("at"), Some(&fields), Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

fn leaving(fields: &Fields) -> Result<Leaving, Error> {
    let mut problems = Vec::new();
    let at = host(fields.text("at"));
    if at.is_none() {
        problems.push(Problem::at("at", "事務局を選んでください。"));
    }
    let last = day(fields, "last_day", "最後の日を入力してください。", &mut problems);
    let (Some(at), Some(last), true) = (at, last, problems.is_empty()) else {
        return Err(Error::Invalid(problems));
    };
    Ok(Leaving {
        at,
        last,
        successor: fields.text("successor").parse().ok(),
        passes_on: fields.text("passes_on") == "1",
        remarks: fields.text("remarks").to_owned(),
        reason: fields.text("reason").to_owned(),
    })
}

async fn new_page(
    ctx: &Ctx,
    id: OfficerId,
    at: &str,
    fields: Option<&Fields>,
    problems: Problems,
) -> Result<NewPage, WebError> {
    let seen = officers::find(ctx, ctx.db(), id).await?;
    let seats = duties::seats_for(ctx, id).await?;
    let typed = |name: &str| fields.map(|fields| fields.text(name).to_owned()).unwrap_or_default();
    let back = format!("/officers/{id}");
    Ok(NewPage {
        page: Page::new(ctx, "引継書の作成"),
        trail: vec![Crumb::to("/officers", "職員"), Crumb::to(&back, &seen.row.name)],
        action: format!("{back}/handovers"),
        back,
        name: seen.row.name,
        at: match (at, seats.first()) {
            ("", Some((first, _))) => value_of(*first),
            (at, _) => at.to_owned(),
        },
        seats: choices(&seats),
        colleagues: colleagues(ctx, &seats, id).await?,
        last_day: fields.map_or_else(|| ctx.today().to_string(), |fields| fields.text("last_day").to_owned()),
        successor: typed("successor"),
        passes_on: fields.is_none_or(|fields| fields.text("passes_on") == "1"),
        remarks: typed("remarks"),
        reason: typed("reason"),
        problems,
    })
}

#[derive(Template)]
#[template(path = "handover/show.html")]
struct ShowPage {
    page: Page,
    trail: Vec<Crumb>,
    officer: String,
    successor: String,
    office: String,
    duties: String,
    last_day: String,
    remarks: String,
    made: String,
    lists: Vec<ListView>,
    /// Where it is set on paper.
    print: String,
}

/// One list of the report.
struct ListView {
    title: &'static str,
    open: Open,
    /// How many more there are than are listed.
    more: u64,
}

impl ListView {
    fn new(title: &'static str, open: Open) -> Self {
        let more = open.total.saturating_sub(open.items.len() as u64);
        Self { title, open, more }
    }
}

/// The report.
pub async fn page(ctx: Ctx, Path(id): Path<HandoverId>) -> Result<Response, WebError> {
    let report = lists::find(&ctx, id).await?;
    let names: Vec<&str> = report.work.duties.iter().map(|duty| duty.label()).collect();
    let lists = report.lists().map(|(title, open)| ListView::new(title, open.clone())).into();
    show(&ShowPage {
        page: Page::new(&ctx, "引継書"),
        trail: vec![Crumb::to("/desk", "担当中の案件")],
        duties: names.join("・"),
        office: report.seat.name,
        officer: report.officer,
        successor: report.successor,
        last_day: Day::from(report.row.last_day).japanese(),
        made: format!("{} {}", Day::of(report.row.created_at).japanese(), report.row.created_by),
        remarks: report.row.remarks,
        lists,
        print: format!("/handovers/{id}/handover.pdf"),
    })
}

/// The same on paper.
pub async fn pdf(ctx: Ctx, Path(id): Path<HandoverId>) -> Result<Response, WebError> {
    let bytes = print::pdf(&ctx, id).await?;
    Ok(([(header::CONTENT_TYPE, "application/pdf")], bytes).into_response())
}
