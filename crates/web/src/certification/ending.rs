//! The form by which the national association records the loss of a title.

use super::pages::{Head, head};
use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Crumb};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::certification::actions::{Ending, end};
use mamis_app::certification::lists::ledger;
use mamis_rules::base::{CertificationId, Day};
use mamis_rules::certification::Loss;

#[derive(Template)]
#[template(path = "certification/ending.html")]
struct EndingPage {
    page: Page,
    trail: Vec<Crumb>,
    head: Head,
    action: String,
    back: String,
    running: String,
    losses: Vec<Choice>,
    form: Typed,
    problems: Problems,
}

struct Typed {
    loss: String,
    on: String,
    reason: String,
    number: String,
}

/// The empty form, with today as the day.
pub async fn new(ctx: Ctx, Path(id): Path<CertificationId>) -> Result<Response, WebError> {
    let (loss, reason, number) = (String::new(), String::new(), String::new());
    let form = Typed { loss, on: ctx.today().to_string(), reason, number };
    show(&form_page(&ctx, id, form, Problems::default()).await?)
}

/// Records the loss.
pub async fn create(ctx: Ctx, Path(id): Path<CertificationId>, fields: Fields) -> Result<Response, WebError> {
    match end(&ctx, id, &read(&fields)).await {
        Ok(()) => Ok(ctx.done(&format!("/certifications/{id}"), "資格喪失を記録しました。")),
        Err(Error::Invalid(problems)) => {
            let page = form_page(&ctx, id, typed(&fields), Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

fn read(fields: &Fields) -> Ending {
    Ending {
        loss: fields.text("loss").parse().ok(),
        on: Day::parse_written(fields.text("on")).ok(),
        reason: fields.text("reason").to_owned(),
        number: fields.text("number").to_owned(),
    }
}

fn typed(fields: &Fields) -> Typed {
    let text = |name: &str| fields.text(name).to_owned();
    Typed { loss: text("loss"), on: text("on"), reason: text("reason"), number: text("number") }
}

async fn form_page(
    ctx: &Ctx,
    id: CertificationId,
    form: Typed,
    problems: Problems,
) -> Result<EndingPage, WebError> {
    let shown = ledger::show(ctx, id).await?;
    if let Some(reason) = shown.no_end {
        return Err(Error::refused(reason).into());
    }
    let back = format!("/certifications/{id}");
    Ok(EndingPage {
        page: Page::new(ctx, "資格喪失を記録する"),
        trail: vec![
            Crumb::to("/certifications", "認定台帳"),
            Crumb::to(&back, &format!("{}さんの認定", shown.line.name)),
        ],
        head: head(&shown.line),
        action: format!("/certifications/{id}/endings"),
        back,
        running: shown.running.map(|(_, number)| number).unwrap_or_default(),
        losses: Loss::ALL.iter().map(|loss| Choice::new(loss.name(), loss.label())).collect(),
        form,
        problems,
    })
}
