//! Signing up, giving a seat back, and the ticket.

use crate::ctx::Ctx;
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use crate::qr::Qr;
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::account::lists::Email;
use mamis_app::decision::clock_time;
use mamis_app::signup::actions::{self, GivenBack, SignedUp};
use mamis_app::signup::lists;
use mamis_app::signup::ticket::{self, Medium};
use mamis_rules::base::{Day, SignupId, TrainingId};
use mamis_rules::signup::state::State;
use serde::Deserialize;

/// Asks for a seat; a refusal leads back to the training and says why.
pub async fn create(ctx: Ctx, Path(training): Path<TrainingId>) -> Result<Response, WebError> {
    match actions::sign_up(&ctx, training).await {
        Ok(SignedUp::Now(id)) => Ok(ctx.done(&format!("/my/tickets/{id}"), signed_up(&ctx))),
        Ok(SignedUp::Before(id)) => {
            Ok(ctx.lead(&format!("/my/tickets/{id}"), "info", "すでに申し込んでいます。受講票はこちらです。"))
        }
        Err(Error::Refused(reason)) => Ok(ctx.lead(&format!("/trainings/{training}"), "error", &reason)),
        Err(error) => Err(error.into()),
    }
}

/// Stands on the waiting list; a refusal leads back to the training and says why.
pub async fn wait(ctx: Ctx, Path(training): Path<TrainingId>) -> Result<Response, WebError> {
    let here = format!("/trainings/{training}");
    match actions::wait(&ctx, training).await {
        Ok(SignedUp::Now(_)) => {
            Ok(ctx.done(&here, "キャンセル待ちに申し込みました。席が空くと、順番に案内します。"))
        }
        Ok(SignedUp::Before(_)) => Ok(ctx.lead(&here, "info", "すでにキャンセル待ちに申し込んでいます。")),
        Err(Error::Refused(reason)) => Ok(ctx.lead(&here, "error", &reason)),
        Err(error) => Err(error.into()),
    }
}

/// What a new seat says; a mail goes to a confirmed address only.
fn signed_up(ctx: &Ctx) -> &'static str {
    match ctx.current.as_ref().and_then(|current| current.email.as_ref()) {
        Some(Email::Verified) => "申し込みました。確認のメールをお送りします。",
        _ => "申し込みました。受講票は、マイページからいつでも開けます。",
    }
}

/// Gives a seat back or leaves the waiting list: one's own, or, for an officer of the host, somebody else's with a
/// reason.
pub async fn cancel(ctx: Ctx, Path(id): Path<SignupId>, fields: Fields) -> Result<Response, WebError> {
    if ctx.actor.physician().is_some() {
        let GivenBack { training, was } = actions::cancel(&ctx, id).await?;
        let seat = was == State::Confirmed;
        let text = if seat {
            "申込みを取り消しました。"
        } else {
            "キャンセル待ちをやめました。"
        };
        return Ok(ctx.done(&format!("/trainings/{training}"), text));
    }
    match actions::cancel_by_host(&ctx, id, fields.text("reason")).await {
        Ok(GivenBack { training, was: State::Confirmed }) => {
            let text =
                "申込みを取り消し、本人に知らせました。空いた席は、キャンセル待ちの人がいれば案内します。";
            Ok(ctx.done(&format!("/trainings/{training}/attendance"), text))
        }
        Ok(GivenBack { training, .. }) => {
            let text = "キャンセル待ちを取り消し、本人に知らせました。";
            Ok(ctx.done(&format!("/trainings/{training}/waiting-list"), text))
        }
        Err(Error::Invalid(problems)) => {
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &cancel_page(&ctx, id, Problems(problems)).await?)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "attendance/cancel.html")]
struct CancelPage {
    page: Page,
    trail: Vec<Crumb>,
    action: String,
    back: String,
    name: String,
    /// The seat, or where somebody stands without one.
    place: String,
    title: String,
    when: String,
    problems: Problems,
}

/// Asks the host's officer for the reason.
pub async fn confirm_cancel(ctx: Ctx, Path(id): Path<SignupId>) -> Result<Response, WebError> {
    show(&cancel_page(&ctx, id, Problems::default()).await?)
}

async fn cancel_page(ctx: &Ctx, id: SignupId, problems: Problems) -> Result<CancelPage, WebError> {
    let (row, standing, name) = lists::to_cancel(ctx, id).await?;
    let training = &standing.row;
    let state: State = row.state.parse().map_err(Error::fault)?;
    let (list, label, place) = match state {
        State::Confirmed => ("attendance", "申込者と出席", format!("申込み {}番", row.order_number)),
        other => ("waiting-list", "キャンセル待ち", other.label().to_owned()),
    };
    let back = format!("/trainings/{}/{list}", training.id);
    Ok(CancelPage {
        page: Page::new(ctx, format!("{name}さんの申込みを取り消す")),
        trail: vec![
            Crumb::to(&format!("/trainings/{}", training.id), &training.title),
            Crumb::to(&back, label),
        ],
        action: format!("/signups/{id}/cancellations"),
        back,
        name,
        place,
        title: training.title.clone(),
        when: crate::training::day_time(training.starts_at),
        problems,
    })
}

#[derive(Template)]
#[template(path = "training/ticket.html")]
struct TicketPage {
    page: Page,
    trail: Vec<Crumb>,
    training: String,
    title: String,
    when: String,
    place: String,
    name: String,
    number: String,
    order: i64,
    qr: Qr,
    address: String,
    /// The code for printing, which does not change.
    on_paper: bool,
    /// When the code was made.
    made_at: String,
    today: bool,
    /// The seat can still be given back: the page of the training does it.
    may_cancel: bool,
}

/// Whether the ticket is to be printed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct OnPaper {
    paper: Option<String>,
}

/// The ticket: a code for the camera and a number for the keyboard.
pub async fn show_ticket(
    ctx: Ctx,
    Path(id): Path<SignupId>,
    Query(asked): Query<OnPaper>,
) -> Result<Response, WebError> {
    let (signup, training) = lists::ticket(&ctx, id).await?;
    let on_paper = asked.paper.is_some();
    let medium = if on_paper { Medium::Paper } else { Medium::Screen(ctx.now) };
    let qr = Qr::of(&ticket::text(&ctx.app.secret, training.id.into(), id, medium))?;
    let place = if training.mode == "web" {
        "Web".to_owned()
    } else {
        format!("{} {}", training.venue, training.venue_address)
    };
    show(&TicketPage {
        page: Page::new(&ctx, "受講票"),
        trail: vec![Crumb::to("/my", "マイページ")],
        training: format!("/trainings/{}", training.id),
        title: training.title,
        when: crate::training::day_time(training.starts_at),
        place,
        name: ctx.who.name.clone(),
        number: ticket::number(&ctx.app.secret, id, signup.order_number),
        order: signup.order_number,
        qr,
        address: format!("/my/tickets/{id}"),
        on_paper,
        made_at: clock_time(ctx.now),
        today: Day::of(training.starts_at) == ctx.today(),
        may_cancel: ctx.now < training.recruits_until.min(training.starts_at),
    })
}
