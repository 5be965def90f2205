//! The terms of use.

use super::super::local_path;
use super::Asked;
use crate::ctx::{Ctx, see_other};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Problem;
use mamis_app::account::lists::{SecondFactor, Terms};
use mamis_app::account::{TERMS_VERSION, actions};

#[derive(Template)]
#[template(path = "account/terms.html")]
struct TermsPage {
    page: Page,
    version: &'static str,
}

/// The terms of use in force, for everybody to read.
pub async fn terms(ctx: Ctx) -> Result<Response, WebError> {
    show(&TermsPage { page: Page::new(&ctx, "利用規約"), version: TERMS_VERSION })
}

#[derive(Template)]
#[template(path = "account/consent.html")]
struct ConsentPage {
    page: Page,
    version: &'static str,
    next: String,
    problems: Problems,
}

impl ConsentPage {
    fn new(ctx: &Ctx, next: &str, problems: Problems) -> Self {
        Self {
            page: Page::new(ctx, "利用規約への同意"),
            version: TERMS_VERSION,
            next: local_path(next).to_owned(),
            problems,
        }
    }
}

/// Asks for consent at the first login, and again when the terms change.
pub async fn consent(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    match ctx.current.as_deref() {
        Some(current) if current.second_factor == SecondFactor::Owed => Ok(see_other("/login/second-factor")),
        Some(current) if current.terms == Terms::Accepted => Ok(see_other(local_path(&asked.next))),
        _ => show(&ConsentPage::new(&ctx, &asked.next, Problems::default())),
    }
}

/// Records the consent.
pub async fn agree(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let next = fields.text("next");
    if fields.text("agree") != "1" {
        let problem =
            Problem::at("agree", "利用を始めるには、利用規約を読んで、同意するにチェックを付けてください。");
        let page = ConsentPage::new(&ctx, next, Problems(vec![problem]));
        return show_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    if ctx.current.as_deref().is_some_and(|current| current.second_factor == SecondFactor::Owed) {
        return Ok(see_other("/login/second-factor"));
    }
    actions::agree(&ctx, ctx.current.as_deref()).await?;
    Ok(ctx.done(local_path(next), "利用規約への同意を記録しました。"))
}
