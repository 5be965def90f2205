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
use mamis_app::account::actions;
use mamis_app::account::lists::{SecondFactor, Terms};
use mamis_app::terms::{Block, Version, blocks, lists};
use mamis_rules::base::Day;

/// A version of the terms of use as pages show it.
#[derive(Clone, Debug)]
pub(crate) struct TermsText {
    /// E.g. 2026-04.
    pub(crate) version: String,
    /// The text.
    pub(crate) blocks: Vec<Block>,
    /// What is new, line by line; none for the first version.
    pub(crate) changes: Vec<String>,
    /// In force from; empty for the first version.
    pub(crate) from: String,
}

impl From<Version> for TermsText {
    fn from(version: Version) -> Self {
        Self {
            blocks: blocks(&version.body),
            changes: version.changes.lines().map(str::to_owned).collect(),
            from: version.valid_from.map(Day::japanese).unwrap_or_default(),
            version: version.version,
        }
    }
}

impl TermsText {
    /// The version in force.
    pub(crate) async fn in_force(ctx: &Ctx) -> Result<Self, WebError> {
        Ok(lists::in_force(ctx.db(), ctx.today()).await?.into())
    }
}

#[derive(Template)]
#[template(path = "account/consent.html")]
struct ConsentPage {
    page: Page,
    terms: TermsText,
    next: String,
    problems: Problems,
}

impl ConsentPage {
    async fn new(ctx: &Ctx, next: &str, problems: Problems) -> Result<Self, WebError> {
        Ok(Self {
            page: Page::new(ctx, "利用規約への同意"),
            terms: TermsText::in_force(ctx).await?,
            next: local_path(next).to_owned(),
            problems,
        })
    }
}

/// Asks for consent at the first login, and again when the terms change.
pub async fn consent(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    match ctx.current.as_deref() {
        Some(current) if current.second_factor == SecondFactor::Owed => Ok(see_other("/login/second-factor")),
        Some(current) if current.terms == Terms::Accepted => Ok(see_other(local_path(&asked.next))),
        _ => show(&ConsentPage::new(&ctx, &asked.next, Problems::default()).await?),
    }
}

/// Records the consent.
pub async fn agree(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let next = fields.text("next");
    if fields.text("agree") != "1" {
        let problem =
            Problem::at("agree", "利用を始めるには、利用規約を読んで、同意するにチェックを付けてください。");
        let page = ConsentPage::new(&ctx, next, Problems(vec![problem])).await?;
        return show_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    if ctx.current.as_deref().is_some_and(|current| current.second_factor == SecondFactor::Owed) {
        return Ok(see_other("/login/second-factor"));
    }
    actions::agree(&ctx, ctx.current.as_deref()).await?;
    Ok(ctx.done(local_path(next), "利用規約への同意を記録しました。"))
}
