//! The first login: after a card was typed at the login, or by a mailed reminder.

use super::super::Caller;
use super::enter;
use super::terms::TermsText;
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::account::actions::{FirstLogin, finish_first_login};
use mamis_app::account::lists::{self, Link, Purpose};
use mamis_app::account::password::MIN_LENGTH;
use mamis_app::terms::Block;

#[derive(Template)]
#[template(path = "account/first_login.html")]
struct FirstLoginPage {
    page: Page,
    token: String,
    login_id: String,
    email: String,
    agrees: bool,
    terms: TermsText,
    min_length: usize,
    problems: Problems,
}

async fn page_of(
    ctx: &Ctx,
    link: Link,
    token: String,
    fields: &Fields,
    problems: Problems,
) -> Result<FirstLoginPage, WebError> {
    Ok(FirstLoginPage {
        page: Page::new(ctx, "はじめてのログイン"),
        token,
        login_id: link.login_id,
        email: fields.text("email").to_owned(),
        agrees: fields.text("agree") == "1",
        terms: TermsText::in_force(ctx).await?,
        min_length: MIN_LENGTH,
        problems,
    })
}

#[derive(Template)]
#[template(path = "account/first_login_over.html")]
struct OverPage {
    page: Page,
}

fn over(ctx: &Ctx) -> Result<Response, WebError> {
    let page = OverPage { page: Page::new(ctx, "このページは使えません") };
    show_with(StatusCode::NOT_FOUND, &page)
}

/// The form: password, terms, mail address.
pub async fn first_login(ctx: Ctx, Path(token): Path<String>) -> Result<Response, WebError> {
    match lists::link(&ctx, Purpose::FirstLogin, &token).await? {
        None => over(&ctx),
        Some(link) => show(&page_of(&ctx, link, token, &Fields::default(), Problems::default()).await?),
    }
}

/// Sets the password and logs in.
pub async fn begin_use(
    ctx: Ctx,
    Caller(origin): Caller,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, WebError> {
    let Some(link) = lists::link(&ctx, Purpose::FirstLogin, &token).await? else { return over(&ctx) };
    let new = FirstLogin {
        password: fields.raw("new_password"),
        again: fields.raw("new_password_again"),
        agrees: fields.text("agree") == "1",
        email: fields.text("email"),
    };
    match finish_first_login(&ctx, &token, &new, &origin).await {
        Ok(opened) => Ok(enter(&ctx, &opened, "/my")),
        Err(Error::Invalid(problems)) => {
            let page = page_of(&ctx, link, token, &fields, Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(Error::NotFound) => over(&ctx),
        Err(error) => Err(error.into()),
    }
}
