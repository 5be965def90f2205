//! An authenticator app beside passkeys: added later, and removed.

use super::super::Caller;
use super::second_factor::offer_of;
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show_with};
use crate::qr::Qr;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::account::actions;
use mamis_app::account::lists::{self, Current, SecondFactor};
use mamis_app::account::one_time_code::Offer;
use mamis_app::passkey::lists::factors;

const OWN: &str = "/my/account";

#[derive(Template)]
#[template(path = "account/authenticator_app.html")]
struct AppPage {
    page: Page,
    /// Whether the second factor was given not long ago.
    is_fresh: bool,
    /// Whether there is an app already.
    has_app: bool,
    /// For the part of the page that the first registration has as well.
    action: &'static str,
    next: String,
    offer: Offer,
    address: String,
    qr: Qr,
    demo_code: Option<String>,
    problems: Problems,
}

/// Offers a secret to an officer without an app; those who have one read where it is removed. Nothing is written until the app has shown its first code.
pub async fn new_app(ctx: Ctx) -> Result<Response, WebError> {
    let current = officer(&ctx)?;
    let offer = Offer::new(&ctx.app.secret, current.account)?;
    app_page(&ctx, current, offer, Problems::default()).await
}

/// Those who have a second factor at all, after they gave it.
fn officer(ctx: &Ctx) -> Result<&Current, Error> {
    let current = ctx.current.as_deref().filter(|current| current.second_factor == SecondFactor::Given);
    current.ok_or(Error::NotFound)
}

async fn app_page(
    ctx: &Ctx,
    current: &Current,
    offer: Offer,
    problems: Problems,
) -> Result<Response, WebError> {
    let own = lists::own(ctx).await?;
    let address = offer.address(&own.login_id)?;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = AppPage {
        page: Page::new(ctx, "認証アプリの登録"),
        is_fresh: lists::has_fresh_factor(ctx, current).await?,
        has_app: factors(ctx.db(), current.account).await?.app,
        action: "/my/account/authenticator-app",
        next: String::new(),
        qr: Qr::of(&address)?,
        demo_code: crate::demo::code_of_offer(ctx, &offer)?,
        address,
        offer,
        problems,
    };
    show_with(status, &page)
}

/// Registers the app.
pub async fn add_app(ctx: Ctx, Caller(origin): Caller, fields: Fields) -> Result<Response, WebError> {
    let (current, offer) = (officer(&ctx)?, offer_of(&fields));
    match actions::add_app(&ctx, Some(current), &offer, fields.text("code"), &origin).await {
        Ok(()) => Ok(ctx.done(OWN, "認証アプリを登録しました。次のログインから、確認コードも使えます。")),
        Err(Error::Invalid(problems)) => app_page(&ctx, current, offer, Problems(problems)).await,
        Err(error) => Err(error.into()),
    }
}

/// Removes it.
pub async fn remove_app(ctx: Ctx) -> Result<Response, WebError> {
    actions::remove_app(&ctx, Some(officer(&ctx)?)).await?;
    Ok(ctx.done(OWN, "認証アプリの登録を削除しました。ログインには、パスキーを使ってください。"))
}
