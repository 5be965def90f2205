//! The page with the address, and the calendar behind it.

use crate::ctx::Ctx;
use crate::error::WebError;
use crate::page::{Page, show};
use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use mamis_app::calendar_feed::{actions, address, icalendar, lists};
use mamis_rules::base::Day;

#[derive(Template)]
#[template(path = "calendar_feed/page.html")]
struct FeedPage {
    page: Page,
    /// Empty where there is none.
    address: String,
    /// For programs that ask for it.
    webcal: String,
    since: String,
}

/// The address, or how to get one.
pub async fn page(ctx: Ctx) -> Result<Response, WebError> {
    let feed = lists::own(&ctx).await?;
    let address = feed.as_ref().map(|feed| address(&ctx.app, feed.id)).unwrap_or_default();
    show(&FeedPage {
        page: Page::new(&ctx, "予定表に入れる"),
        webcal: address.replacen("https:", "webcal:", 1),
        since: feed.map(|feed| Day::of(feed.created_at).japanese()).unwrap_or_default(),
        address,
    })
}

/// Makes an address; the one before works no more.
pub async fn renew(ctx: Ctx) -> Result<Response, WebError> {
    actions::renew(&ctx).await?;
    Ok(ctx.done("/my/calendar", "予定表のアドレスを作りました。"))
}

/// Ends the address.
pub async fn end(ctx: Ctx) -> Result<Response, WebError> {
    actions::end(&ctx).await?;
    Ok(ctx.done("/my/calendar", "予定表のアドレスを使えなくしました。"))
}

/// The calendar, for whoever has the address.
pub async fn calendar(ctx: Ctx, Path(file): Path<String>) -> Result<Response, WebError> {
    let events = lists::events(&ctx, &file).await?;
    let text = icalendar::calendar("MAMIS 研修会", &events);
    let kind = HeaderValue::from_static("text/calendar; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
