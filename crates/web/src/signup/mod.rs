//! Signing up, giving a seat back, and the ticket.

use crate::ctx::Ctx;
use crate::error::WebError;
use crate::page::{Page, show};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::signup::{actions, lists, ticket};
use mamis_rules::base::{Day, SignupId, TrainingId};
use std::fmt::Write;

/// Asks for a seat; a refusal leads back to the training and says why.
pub async fn create(ctx: Ctx, Path(training): Path<TrainingId>) -> Result<Response, WebError> {
    match actions::sign_up(&ctx, training).await {
        Ok(seat) => Ok(
            ctx.done(&format!("/my/tickets/{}", seat.signup), "申し込みました。確認のメールをお送りします。")
        ),
        Err(Error::Refused(reason)) => Ok(ctx.lead(&format!("/trainings/{training}"), "error", &reason)),
        Err(error) => Err(error.into()),
    }
}

/// Gives a seat back.
pub async fn cancel(ctx: Ctx, Path(id): Path<SignupId>) -> Result<Response, WebError> {
    let training = actions::cancel(&ctx, id).await?;
    Ok(ctx.done(&format!("/trainings/{training}"), "申込みを取り消しました。"))
}

#[derive(Template)]
#[template(path = "training/ticket.html")]
struct TicketPage {
    page: Page,
    trail: Vec<crate::training::Crumb>,
    training: String,
    title: String,
    when: String,
    place: String,
    name: String,
    number: String,
    order: i64,
    modules: usize,
    path: String,
    today: bool,
}

/// The ticket: a code for the camera and a number for the keyboard.
pub async fn show_ticket(ctx: Ctx, Path(id): Path<SignupId>) -> Result<Response, WebError> {
    let (signup, training) = lists::ticket(&ctx, id).await?;
    let (modules, path) = code(&ticket::text(&ctx.app.secret, id))?;
    let place = if training.mode == "web" {
        "Web".to_owned()
    } else {
        format!("{} {}", training.venue, training.venue_address)
    };
    show(&TicketPage {
        page: Page::new(&ctx, "受講票"),
        trail: vec![crate::training::Crumb::new("/my", "マイページ")],
        training: format!("/trainings/{}", training.id),
        title: training.title,
        when: crate::training::day_time(training.starts_at),
        place,
        name: ctx.who.name.clone(),
        number: ticket::number(&ctx.app.secret, id, signup.order_number),
        order: signup.order_number,
        modules,
        path,
        today: Day::of(training.starts_at) == ctx.today(),
    })
}

/// The free border a reader needs, in modules (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

/// A QR code as one vector path, and its side with the border.
fn code(text: &str) -> Result<(usize, String), WebError> {
    let code = fast_qr::QRBuilder::new(text)
        .ecl(fast_qr::ECL::M)
        .build()
        .map_err(|error| Error::fault(format!("ticket: {error:?}")))?;
    let mut path = String::new();
    for row in 0..code.size {
        let modules = &code[row];
        for (column, module) in
            modules.iter().take(code.size).enumerate().filter(|(_, module)| module.value())
        {
            let _ = module;
            write!(path, "M{} {}h1v1h-1z", column + QUIET, row + QUIET).expect("a String takes any text");
        }
    }
    Ok((code.size + 2 * QUIET, path))
}
