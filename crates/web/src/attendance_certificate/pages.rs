//! How many have one, making them for everybody, and the files.

use crate::ctx::Ctx;
use crate::desk::list::attachment;
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::page::{Page, show};
use crate::training::day_time;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::document::actions::attendance_run::{self as actions, KEPT_DAYS};
use mamis_app::document::lists::attendance_run as lists;
use mamis_rules::base::{DocumentRunId, TrainingId};
use mamis_rules::document::RunState;
use mamis_schema::document_run;

#[derive(Template)]
#[template(path = "attendance_certificate/page.html")]
struct CertificatesPage {
    page: Page,
    trail: Vec<Crumb>,
    path: String,
    title: String,
    people: usize,
    issued: u64,
    /// Why there are none yet; empty when they can be made.
    blocked: String,
    /// The run under way.
    running: Option<Running>,
    runs: Vec<RunView>,
    kept_days: i64,
}

struct Running {
    made: i32,
    wanted: i32,
}

struct RunView {
    when: String,
    by_name: String,
    people: String,
    state: &'static str,
    badge: &'static str,
    /// Address and word of each file; empty once they were deleted.
    files: Vec<(String, String)>,
    /// Who has none, and why.
    problems: Vec<(String, String)>,
}

/// The page.
pub async fn page(ctx: Ctx, Path(id): Path<TrainingId>) -> Result<Response, WebError> {
    let shown = lists::show(&ctx, id).await?;
    let row = &shown.standing.row;
    let running = shown.runs.iter().find(|run| lists::is_running(run));
    show(&CertificatesPage {
        page: Page::new(&ctx, "受講証明書"),
        trail: vec![
            Crumb::to("/trainings", "研修会"),
            Crumb::to(&format!("/trainings/{id}"), &row.title),
            Crumb::to(&format!("/trainings/{id}/attendance"), "申込者と出席"),
        ],
        path: format!("/trainings/{id}/attendance-certificates"),
        title: row.title.clone(),
        people: shown.people,
        issued: shown.issued,
        blocked: blocked(&shown),
        running: running.map(|run| Running { made: run.made, wanted: run.wanted }),
        runs: shown.runs.iter().filter(|run| !lists::is_running(run)).map(run_view).collect(),
        kept_days: KEPT_DAYS,
    })
}

fn blocked(shown: &lists::Shown) -> String {
    match (shown.not_yet, shown.people) {
        (Some(why), _) => why.to_owned(),
        (None, 0) => "出席した人がいないため、受講証明書はありません。".to_owned(),
        (None, _) => String::new(),
    }
}

fn run_view(run: &document_run::Model) -> RunView {
    let state = run.state.parse::<RunState>().unwrap_or(RunState::Forgotten);
    let files = if state == RunState::Ready { run.files } else { 0 };
    let word = |file: i32| match files {
        1 => "受講証明書（PDF）".to_owned(),
        _ => format!("{file}つ目のファイル（PDF）"),
    };
    RunView {
        when: day_time(run.created_at),
        by_name: run.by_name.clone(),
        people: format!("{}名", run.wanted),
        state: state.label(),
        badge: if state == RunState::Ready { "success" } else { "neutral" },
        files: (1..=files)
            .map(|file| (format!("/document-runs/{}/files/{file}.pdf", run.id), word(file)))
            .collect(),
        problems: lists::problems(run),
    }
}

/// Asks for the certificates of everybody.
pub async fn create(ctx: Ctx, Path(id): Path<TrainingId>) -> Result<Response, WebError> {
    actions::begin(&ctx, id).await?;
    let to = format!("/trainings/{id}/attendance-certificates");
    Ok(ctx.done(&to, "全員の受講証明書の作成を受け付けました。できたファイルが、このページに出ます。"))
}

/// A file of a run.
pub async fn file(ctx: Ctx, Path((id, file)): Path<(DocumentRunId, String)>) -> Result<Response, WebError> {
    let number = file.strip_suffix(".pdf").and_then(|number| number.parse().ok()).ok_or(Error::NotFound)?;
    let (name, bytes) = actions::open_file(&ctx, id, number).await?;
    Ok(attachment("application/pdf", &format!("受講証明書_{name}"), bytes.to_vec()))
}
