//! The list of officers, the reset of a second factor, and the suspension of an account.

use crate::ctx::Ctx;
use crate::desk::paging::{Crumb, Pager};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::duty::lists::warnings;
use mamis_app::officer::actions;
use mamis_app::officer::lists::{self, Line, PAGE};
use mamis_rules::base::{Day, OfficerId};
use serde::Deserialize;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    page: String,
}

#[derive(Template)]
#[template(path = "officer/list.html")]
struct ListPage {
    page: Page,
    q: String,
    rows: Vec<LineView>,
    warnings: Vec<String>,
    pager: Pager,
}

/// An officer as the templates show them.
pub(super) struct LineView {
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) login_id: String,
    pub(super) email: String,
    offices: Vec<String>,
    pub(super) state: &'static str,
    pub(super) badge: &'static str,
    pub(super) factor: String,
    pub(super) seen: String,
    /// The officer's own page.
    page: String,
    /// Where the second factor is reset; empty when it cannot be.
    pub(super) reset: String,
    /// Where the account is suspended or restored; empty when it cannot be.
    pub(super) suspension: String,
    pub(super) is_suspended: bool,
    /// Why neither can be; empty when one can, or when there is nothing to do.
    pub(super) fixed: String,
}

/// The officers.
pub async fn list(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let number = asked.page.parse().unwrap_or(1);
    let (rows, total) = lists::page(&ctx, asked.q.trim(), number).await?;
    show(&ListPage {
        page: Page::new(&ctx, "職員"),
        rows: rows.iter().map(line).collect(),
        warnings: warnings(&ctx).await?,
        pager: Pager::new(total, number, PAGE, "/officers", &[("q", &asked.q)]),
        q: asked.q,
    })
}

pub(super) fn line(line: &Line) -> LineView {
    let address = |noun: &str, may: bool| match may && line.fixed.is_none() {
        true => format!("/officers/{}/{noun}/new", line.row.id),
        false => String::new(),
    };
    let (state, badge) = match line.state.as_str() {
        "active" => ("利用中", "success"),
        "suspended" => ("停止中", "warning"),
        _ => ("閉鎖", "neutral"),
    };
    let office = |(name, duties): &(String, Vec<mamis_rules::access::Duty>)| {
        let duties: Vec<&str> = duties.iter().map(|duty| duty.label()).collect();
        format!("{name}（{}）", duties.join("・"))
    };
    LineView {
        page: format!("/officers/{}", line.row.id),
        name: line.row.name.clone(),
        kana: line.row.kana.clone(),
        login_id: line.login_id.clone(),
        email: line.row.email.clone(),
        offices: line.offices.iter().map(office).collect(),
        state,
        badge,
        factor: line.second_factor_since.map_or_else(
            || "未登録（次のログインで登録します）".to_owned(),
            |since| format!("{}に登録", Day::of(since).japanese()),
        ),
        seen: line.last_seen_at.map(|at| Day::of(at).japanese()).unwrap_or_default(),
        reset: address("second-factor-resets", line.second_factor_since.is_some()),
        suspension: address("suspensions", matches!(line.state.as_str(), "active" | "suspended")),
        is_suspended: line.state == "suspended",
        fixed: line.fixed.clone().unwrap_or_default(),
    }
}

#[derive(Template)]
#[template(path = "officer/second_factor_reset.html")]
struct ResetPage {
    page: Page,
    trail: Vec<Crumb>,
    action: String,
    person: LineView,
    problems: Problems,
}

/// Asks for the reason.
pub async fn new_reset(ctx: Ctx, Path(id): Path<OfficerId>) -> Result<Response, WebError> {
    show(&reset_page(&ctx, id, Problems::default()).await?)
}

/// Takes the second factor away.
pub async fn reset(ctx: Ctx, Path(id): Path<OfficerId>, fields: Fields) -> Result<Response, WebError> {
    match actions::reset_second_factor(&ctx, id, fields.text("reason")).await {
        Ok(()) => Ok(ctx.done(
            "/officers",
            "二要素認証を再設定しました。本人は、次のログインのときに認証アプリかパスキーを登録します。",
        )),
        Err(Error::Invalid(problems)) => {
            let page = reset_page(&ctx, id, Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn reset_page(ctx: &Ctx, id: OfficerId, problems: Problems) -> Result<ResetPage, WebError> {
    let found = lists::find(ctx, ctx.db(), id).await?;
    if let Some(reason) = found.fixed {
        return Err(Error::refused(reason).into());
    }
    Ok(ResetPage {
        page: Page::new(ctx, "二要素認証の再設定"),
        trail: vec![Crumb::to("/officers", "職員")],
        action: format!("/officers/{id}/second-factor-resets"),
        person: line(&found),
        problems,
    })
}

#[derive(Template)]
#[template(path = "officer/suspension.html")]
struct SuspensionPage {
    page: Page,
    trail: Vec<Crumb>,
    action: String,
    person: LineView,
    problems: Problems,
}

/// Asks for the reason of a suspension, or of its end.
pub async fn suspension(ctx: Ctx, Path(id): Path<OfficerId>) -> Result<Response, WebError> {
    show(&suspension_page(&ctx, id, Problems::default()).await?)
}

/// Suspends an account.
pub async fn suspend(ctx: Ctx, Path(id): Path<OfficerId>, fields: Fields) -> Result<Response, WebError> {
    let outcome = actions::suspend(&ctx, id, fields.text("reason")).await;
    settled(&ctx, id, outcome, "アカウントの利用を停止しました。").await
}

/// Restores an account.
pub async fn restore(ctx: Ctx, Path(id): Path<OfficerId>, fields: Fields) -> Result<Response, WebError> {
    let outcome = actions::restore(&ctx, id, fields.text("reason")).await;
    settled(&ctx, id, outcome, "アカウントの利用を再開しました。").await
}

async fn settled(
    ctx: &Ctx,
    id: OfficerId,
    outcome: mamis_app::Result<()>,
    text: &str,
) -> Result<Response, WebError> {
    match outcome {
        Ok(()) => Ok(ctx.done("/officers", text)),
        Err(Error::Invalid(problems)) => {
            let page = suspension_page(ctx, id, Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn suspension_page(ctx: &Ctx, id: OfficerId, problems: Problems) -> Result<SuspensionPage, WebError> {
    let found = lists::find(ctx, ctx.db(), id).await?;
    if let Some(reason) = found.fixed {
        return Err(Error::refused(reason).into());
    }
    let person = line(&found);
    let (title, noun) = match person.is_suspended {
        true => ("アカウントの利用の再開", "restorations"),
        false => ("アカウントの利用の停止", "suspensions"),
    };
    Ok(SuspensionPage {
        page: Page::new(ctx, title),
        trail: vec![Crumb::to("/officers", "職員")],
        action: format!("/officers/{id}/{noun}"),
        person,
        problems,
    })
}
