//! Login and logout.

use super::super::{Caller, local_path};
use super::{Asked, enter};
use crate::ctx::{Ctx, see_other};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::layer::session;
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use mamis_app::account::actions::{self, Login};
use mamis_app::passkey::Place;
use mamis_app::seed::PASSWORD;
use mamis_app::{Error, World};

#[derive(Template)]
#[template(path = "account/login.html")]
pub(crate) struct LoginPage {
    page: Page,
    login_id: String,
    next: String,
    /// In the demo the password of everybody stands in the form of whoever was chosen there.
    demo_password: &'static str,
    /// Where passkeys work.
    place: Option<Place>,
    problems: Problems,
}

impl LoginPage {
    pub(crate) fn new(ctx: &Ctx, login_id: &str, next: &str, problems: Problems) -> Result<Self, WebError> {
        Ok(Self {
            place: Place::of(&ctx.app.settings.public_url)?,
            page: Page::new(ctx, "ログイン"),
            login_id: login_id.to_owned(),
            next: local_path(next).to_owned(),
            demo_password: if ctx.app.world == World::Demo && !login_id.is_empty() { PASSWORD } else { "" },
            problems,
        })
    }
}

/// The login form.
pub async fn login(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    show(&LoginPage::new(&ctx, &asked.login_id, &asked.next, Problems::default())?)
}

/// Logs in.
pub async fn log_in(ctx: Ctx, Caller(origin): Caller, fields: Fields) -> Result<Response, WebError> {
    let login = Login {
        login_id: fields.text("login_id"),
        password: fields.raw("password"),
        origin: &origin,
        replaces: ctx.current.as_ref().map(|current| current.session),
    };
    let next = fields.text("next");
    match actions::log_in(&ctx, login).await {
        Ok(opened) => Ok(enter(&ctx, &opened, next)),
        Err(Error::Invalid(problems)) => {
            let (id, secret) = (fields.text("login_id"), fields.raw("password"));
            // Not the password: a card with a provisional one?
            if let Some(token) = actions::begin_first_login(&ctx, id, secret).await? {
                return Ok(see_other(&format!("/first-logins/{token}")));
            }
            let page = LoginPage::new(&ctx, fields.text("login_id"), next, Problems(problems))?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// Logs out; without a session there is nothing to do.
pub async fn log_out(ctx: Ctx) -> Result<Response, WebError> {
    if let Some(current) = &ctx.current {
        actions::log_out(&ctx, current).await?;
    }
    let mut response = ctx.done("/", "ログアウトしました。");
    response.headers_mut().append(SET_COOKIE, session::no_cookie());
    Ok(response)
}
