//! The documents that physicians make for themselves: attendance certificates and credit statements.

use crate::ctx::{Ctx, see_other};
use crate::error::WebError;
use crate::form::Fields;
use crate::page::{Page, show};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::document::actions::{attendance_certificate, credit_statement};
use mamis_app::document::lists::own::{self, Attendance, Subject, YearLine};
use mamis_rules::base::{Day, DocumentId, FiscalYear, TrainingId};
use mamis_rules::credit::Scheme;
use mamis_schema::document;

#[derive(Template)]
#[template(path = "document/own.html")]
struct OwnPage {
    page: Page,
    trainings: Vec<TrainingView>,
    schemes: Vec<SchemeView>,
}

struct TrainingView {
    action: String,
    title: String,
    day: String,
    host: String,
    is_ready: bool,
    issued: String,
}

/// The years of a scheme.
struct SchemeView {
    name: &'static str,
    label: &'static str,
    /// What a statement of it is called.
    word: &'static str,
    /// Whether it counts curriculum codes.
    has_codes: bool,
    years: Vec<YearView>,
}

struct YearView {
    year: i32,
    /// Whether the year is not over.
    is_running: bool,
    total: String,
    codes: usize,
    is_ready: bool,
    waiting: usize,
    issued: String,
}

/// What can be had, training by training and year by year.
pub async fn page(ctx: Ctx) -> Result<Response, WebError> {
    let own = own::page(&ctx).await?;
    let today = ctx.today();
    show(&OwnPage {
        page: Page::new(&ctx, "証明書"),
        trainings: own.trainings.iter().map(training).collect(),
        schemes: schemes(&own.years, today),
    })
}

/// 「J2026-000001（2026年11月22日発行）」, empty where none was issued.
fn issued(row: Option<&document::Model>) -> String {
    let words =
        |row: &document::Model| format!("{}（{}発行）", row.number, Day::from(row.issued_on).japanese());
    row.map(words).unwrap_or_default()
}

fn training(row: &Attendance) -> TrainingView {
    TrainingView {
        action: format!("/my/trainings/{}/attendance-certificates", row.id),
        title: row.title.clone(),
        day: row.held_on.japanese(),
        host: row.host_name.clone(),
        is_ready: row.is_ready,
        issued: issued(row.issued.as_ref()),
    }
}

fn schemes(lines: &[YearLine], today: Day) -> Vec<SchemeView> {
    let of = |scheme: &Scheme| {
        let lines: Vec<&YearLine> =
            lines.iter().filter(|line| line.learned.subject.scheme == *scheme).collect();
        let has_codes = lines.first()?.learned.codes.is_some();
        Some(SchemeView {
            name: scheme.name(),
            label: scheme.label(),
            word: if has_codes { "学習単位取得証" } else { "単位取得証明書" },
            has_codes,
            years: lines.into_iter().map(|line| year(line, today)).collect(),
        })
    };
    Scheme::ALL.iter().filter_map(of).collect()
}

fn year(line: &YearLine, today: Day) -> YearView {
    let learned = &line.learned;
    YearView {
        year: learned.subject.year.0,
        is_running: today <= learned.subject.year.last(),
        total: learned.total.to_string(),
        codes: learned.codes.as_ref().map_or(0, |codes| codes.len()),
        is_ready: !learned.lines.is_empty(),
        waiting: line.waiting,
        issued: issued(line.issued.as_ref()),
    }
}

fn opened(id: DocumentId) -> Response {
    see_other(&format!("/documents/{id}.pdf"))
}

/// The attendance certificate of a training: made where there is none that is true, then opened.
pub async fn attendance(ctx: Ctx, Path(id): Path<TrainingId>) -> Result<Response, WebError> {
    Ok(opened(attendance_certificate::issue(&ctx, id).await?))
}

/// The credit statement of a scheme and fiscal year: made where there is none that is true, then opened.
pub async fn statement(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let year = FiscalYear(fields.text("year").parse().map_err(|_| Error::NotFound)?);
    let scheme = fields.text("scheme").parse().map_err(|_| Error::NotFound)?;
    Ok(opened(credit_statement::issue(&ctx, Subject { scheme, year }).await?))
}
