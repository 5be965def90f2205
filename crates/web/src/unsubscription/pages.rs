//! One page for everybody who has the link: no login, no question but one.

use crate::ctx::Ctx;
use crate::error::WebError;
use crate::form::Fields;
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::unsubscription::{actions, lists};

#[derive(Template)]
#[template(path = "unsubscription/show.html")]
struct ShowPage {
    page: Page,
    /// Empty for a link that is not ours.
    office: String,
    ended: bool,
    action: String,
}

/// How it stands. Opening the link changes nothing: programs open links as well.
pub async fn page(ctx: Ctx, Path(token): Path<String>) -> Result<Response, WebError> {
    answer(&ctx, &token).await
}

/// Ends the notices, or lets them come again. A mail program sends no field `act` (RFC 8058) and is answered at once,
/// without being led on.
pub async fn change(ctx: Ctx, Path(token): Path<String>, fields: Fields) -> Result<Response, WebError> {
    let outcome = match fields.text("act") {
        "resume" => actions::resume(&ctx, &token).await,
        _ => actions::end(&ctx, &token).await,
    };
    match outcome {
        Ok(()) | Err(Error::NotFound) => answer(&ctx, &token).await,
        Err(error) => Err(error.into()),
    }
}

async fn answer(ctx: &Ctx, token: &str) -> Result<Response, WebError> {
    let title = "お知らせのメール";
    match lists::standing(ctx, token).await {
        Ok(standing) => show(&ShowPage {
            page: Page::new(ctx, title),
            office: standing.office,
            ended: standing.ended,
            action: format!("/unsubscriptions/{token}"),
        }),
        Err(Error::NotFound) => {
            let nothing = String::new();
            let page = ShowPage {
                page: Page::new(ctx, title),
                office: nothing.clone(),
                ended: false,
                action: nothing,
            };
            show_with(StatusCode::NOT_FOUND, &page)
        }
        Err(error) => Err(error.into()),
    }
}
