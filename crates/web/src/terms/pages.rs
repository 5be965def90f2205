//! The versions, and the form of a new one.

use crate::account::pages::TermsText;
use crate::ctx::Ctx;
use crate::desk::paging::{Crumb, link};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::account::TERMS_VERSION;
use mamis_app::terms::actions::{NewTerms, publish};
use mamis_app::terms::{Block, Version, blocks, lists};
use mamis_rules::access;
use mamis_rules::base::Day;
use serde::Deserialize;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    version: String,
}

#[derive(Template)]
#[template(path = "account/terms.html")]
struct TermsPage {
    page: Page,
    terms: TermsText,
}

/// The terms of use in force, or an earlier version, for everybody to read.
pub async fn terms(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let terms = match asked.version.as_str() {
        "" => TermsText::in_force(&ctx).await?,
        version => lists::find(&ctx, version).await?.ok_or(Error::NotFound)?.into(),
    };
    show(&TermsPage { page: Page::new(&ctx, "利用規約"), terms })
}

#[derive(Template)]
#[template(path = "terms/versions.html")]
struct VersionsPage {
    page: Page,
    trail: Vec<Crumb>,
    rows: Vec<RowView>,
    version: String,
    body: String,
    changes: String,
    valid_from: String,
    /// What was typed, as people will read it; empty before it was looked at.
    preview: Vec<Block>,
    problems: Problems,
}

struct RowView {
    version: String,
    from: String,
    /// Where it is read.
    href: String,
    in_force: bool,
    is_to_come: bool,
    by: String,
    accepted: String,
}

async fn page_of(
    ctx: &Ctx,
    new: NewTerms,
    typed_day: &str,
    problems: Problems,
) -> Result<VersionsPage, WebError> {
    let in_force = lists::in_force(ctx.db(), ctx.today()).await?;
    let mut rows = Vec::new();
    for row in lists::published(ctx).await? {
        let from = Day::from(row.valid_from);
        rows.push(RowView {
            accepted: format!("{}人", lists::accepted(ctx, &row.version).await?),
            href: link("/terms", &[("version", &row.version)]),
            is_to_come: from > ctx.today(),
            in_force: row.version == in_force.version,
            from: from.japanese(),
            by: row.by_name,
            version: row.version,
        });
    }
    rows.push(first(ctx, &in_force).await?);
    Ok(VersionsPage {
        page: Page::new(ctx, "利用規約の版"),
        trail: vec![Crumb::to("/terms", "利用規約")],
        rows,
        version: new.version,
        // A new version begins as the one before.
        body: if new.body.is_empty() { in_force.body } else { new.body },
        changes: new.changes,
        valid_from: typed_day.to_owned(),
        preview: Vec::new(),
        problems,
    })
}

async fn first(ctx: &Ctx, in_force: &Version) -> Result<RowView, WebError> {
    Ok(RowView {
        version: TERMS_VERSION.to_owned(),
        from: "はじめから".to_owned(),
        href: link("/terms", &[("version", TERMS_VERSION)]),
        in_force: in_force.version == TERMS_VERSION,
        is_to_come: false,
        by: String::new(),
        accepted: format!("{}人", lists::accepted(ctx, TERMS_VERSION).await?),
    })
}

/// The versions and the form.
pub async fn versions(ctx: Ctx) -> Result<Response, WebError> {
    access::terms::may_publish(&ctx.actor).map_err(Error::from)?;
    let empty =
        NewTerms { version: String::new(), body: String::new(), changes: String::new(), valid_from: None };
    show(&page_of(&ctx, empty, "", Problems::default()).await?)
}

/// Publishes a version, or shows first how people will read it.
pub async fn create(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let (new, day) = (typed(&fields), fields.text("valid_from"));
    if !fields.text("preview").is_empty() {
        access::terms::may_publish(&ctx.actor).map_err(Error::from)?;
        let preview = blocks(&new.body);
        let page = page_of(&ctx, new, day, Problems::default()).await?;
        return show(&VersionsPage { preview, ..page });
    }
    match publish(&ctx, &new).await {
        Ok(()) => Ok(ctx.done(
            "/terms/versions",
            "新しい版を公開しました。これから全員にメールでお知らせし、使い始める日から同意をお願いします。",
        )),
        Err(Error::Invalid(problems)) => {
            let page = page_of(&ctx, new, day, Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

fn typed(fields: &Fields) -> NewTerms {
    NewTerms {
        version: fields.text("version").to_owned(),
        body: fields.text("body").to_owned(),
        changes: fields.text("changes").to_owned(),
        valid_from: Day::parse_written(fields.text("valid_from")).ok(),
    }
}
