//! Writing down a death or the loss of a licence.

use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Crumb};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show_with};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use mamis_app::membership_application::actions::office::{LOSS_UNTOLD, Loss, may_record_loss, record_loss};
use mamis_app::physician::{actions, lists};
use mamis_app::{Error, Problem, Result as Done};
use mamis_rules::access;
use mamis_rules::base::{Day, PhysicianId};
use mamis_rules::flow::membership::Cause;

#[derive(Template)]
#[template(path = "membership_application/loss.html")]
struct LossPage {
    page: Page,
    trail: Vec<Crumb>,
    action: String,
    back: String,
    name: String,
    association: String,
    causes: Vec<Choice>,
    cause: String,
    on: String,
    today: String,
    reason: String,
    problems: Problems,
}

/// Asks what happened.
pub async fn new(ctx: Ctx, Path(id): Path<PhysicianId>) -> Result<Response, WebError> {
    may_record_loss(&ctx, id).await?;
    loss_page(&ctx, id, &Fields::default(), Problems::default()).await
}

async fn loss_page(
    ctx: &Ctx,
    id: PhysicianId,
    fields: &Fields,
    problems: Problems,
) -> Result<Response, WebError> {
    let shown = lists::show(ctx, id).await?;
    access::physician::may_record_death(&ctx.actor, &shown.facts).map_err(Error::from)?;
    actions::note_look(ctx, id, "losses").await?;
    let status = problems.status();
    let back = format!("/physicians/{id}");
    let page = LossPage {
        page: Page::new(ctx, "死亡・免許の喪失の記録"),
        trail: vec![Crumb::to("/physicians", "医師"), Crumb::to(&back, &format!("{}さん", shown.name()))],
        action: format!("/physicians/{id}/losses"),
        back,
        name: shown.name(),
        association: shown.association.clone(),
        causes: [Cause::Death, Cause::LicenceLost]
            .iter()
            .map(|cause| Choice::new(cause.name(), cause.label()))
            .collect(),
        cause: fields.text("cause").to_owned(),
        on: fields.text("on").to_owned(),
        today: ctx.today().to_string(),
        reason: fields.text("reason").to_owned(),
        problems,
    };
    show_with(status, &page)
}

/// Writes it down.
pub async fn create(ctx: Ctx, Path(id): Path<PhysicianId>, fields: Fields) -> Result<Response, WebError> {
    match record(&ctx, id, &fields).await {
        Ok(to) => Ok(ctx.done(&to, "記録しました。本人のログインを止めました。")),
        Err(Error::Invalid(problems)) => loss_page(&ctx, id, &fields, Problems(problems)).await,
        Err(error) => Err(error.into()),
    }
}

async fn record(ctx: &Ctx, id: PhysicianId, fields: &Fields) -> Done<String> {
    let mut problems = Vec::new();
    let cause = fields.text("cause").parse().ok();
    if cause.is_none() {
        problems.push(Problem::at("cause", "死亡か、免許の喪失かを選んでください。"));
    }
    let on = Day::parse_written(fields.text("on")).ok();
    if on.is_none() {
        problems.push(Problem::at("on", "日付を入力してください（例：2026年11月22日）。"));
    }
    let reason = fields.required("reason", LOSS_UNTOLD, &mut problems);
    let (Some(cause), Some(on), true) = (cause, on, problems.is_empty()) else {
        return Err(Error::Invalid(problems));
    };
    let made = record_loss(ctx, id, Loss { cause, on, reason: &reason }).await?;
    Ok(match made {
        Some(application) => format!("/membership-applications/{application}"),
        None => format!("/physicians/{id}"),
    })
}
