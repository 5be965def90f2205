//! One page for whoever has the link of an offer: no login, yes or no.

use crate::ctx::Ctx;
use crate::error::WebError;
use crate::form::Fields;
use crate::page::{Page, show, show_with};
use crate::training::{day_time, held};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::waiting_offer::lists::OfferShown;
use mamis_app::waiting_offer::{actions, lists, read};
use mamis_rules::waiting_list::OfferState;

#[derive(Template)]
#[template(path = "waiting_offer/show.html")]
struct ShowPage {
    page: Page,
    /// Empty for a link that is not ours.
    title: String,
    number: String,
    when: String,
    place: String,
    host: String,
    contact: String,
    until: String,
    training: String,
    action: String,
    /// open, accepted, declined, over or withdrawn.
    state: &'static str,
}

/// How the offer stands. Opening the link changes nothing: programs open links as well.
pub async fn page(ctx: Ctx, Path(token): Path<String>) -> Result<Response, WebError> {
    let Some(id) = read(&ctx.app, &token) else { return unknown(&ctx) };
    match lists::show(&ctx, id).await {
        Ok(found) => show(&view(&ctx, found, &token)),
        Err(Error::NotFound) => unknown(&ctx),
        Err(error) => Err(error.into()),
    }
}

/// Yes or no. What came of it is read on the same page.
pub async fn answer(ctx: Ctx, Path(token): Path<String>, fields: Fields) -> Result<Response, WebError> {
    let Some(id) = read(&ctx.app, &token) else { return unknown(&ctx) };
    let here = format!("/seat-offers/{token}");
    let outcome = match fields.text("act") {
        "accept" => actions::accept(&ctx, id).await.map(|_| "席が決まりました。"),
        "decline" => actions::decline(&ctx, id).await.map(|()| "案内をお断りになりました。"),
        _ => Err(Error::refused("「席を受ける」か「席を断る」を押してください。")),
    };
    match outcome {
        Ok(text) => Ok(ctx.done(&here, text)),
        Err(Error::Refused(text) | Error::Stale(text)) => Ok(ctx.lead(&here, "error", &text)),
        Err(Error::NotFound) => unknown(&ctx),
        Err(error) => Err(error.into()),
    }
}

const TITLE: &str = "空席のご案内";

fn view(ctx: &Ctx, found: OfferShown, token: &str) -> ShowPage {
    let row = found.training;
    let state = match found.state {
        OfferState::Open if ctx.now >= found.until => "over",
        OfferState::Open => "open",
        OfferState::Accepted => "accepted",
        OfferState::Declined => "declined",
        OfferState::Expired => "over",
        OfferState::Withdrawn => "withdrawn",
    };
    ShowPage {
        page: Page::new(ctx, TITLE),
        when: held(row.starts_at, row.ends_at),
        place: if row.mode == "web" { "Web".to_owned() } else { row.venue },
        title: row.title,
        number: row.number,
        host: row.host_name,
        contact: row.contact,
        until: day_time(found.until),
        training: format!("/trainings/{}", row.id),
        action: format!("/seat-offers/{token}"),
        state,
    }
}

fn unknown(ctx: &Ctx) -> Result<Response, WebError> {
    let nothing = String::new();
    let page = ShowPage {
        page: Page::new(ctx, TITLE),
        title: nothing.clone(),
        number: nothing.clone(),
        when: nothing.clone(),
        place: nothing.clone(),
        host: nothing.clone(),
        contact: nothing.clone(),
        until: nothing.clone(),
        training: nothing.clone(),
        action: nothing,
        state: "unknown",
    };
    show_with(StatusCode::NOT_FOUND, &page)
}
