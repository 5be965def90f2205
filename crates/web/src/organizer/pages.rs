//! The registrations that a prefectural association decides about.

use crate::ctx::Ctx;
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::organizer::actions::{self, Choice};
use mamis_app::organizer::lists::{self, Found};
use mamis_rules::association::Prefecture;
use mamis_rules::base::{Day, OrganizerRegistrationId};
use mamis_schema::organizer_registration;

const PATH: &str = "/organizers";

#[derive(Template)]
#[template(path = "organizer/list.html")]
struct ListPage {
    page: Page,
    trail: Vec<Crumb>,
    rows: Vec<LineView>,
}

struct LineView {
    href: String,
    name: String,
    prefecture: &'static str,
    contact: String,
    on: String,
    state: &'static str,
    badge: &'static str,
}

/// The list.
pub async fn list(ctx: Ctx) -> Result<Response, WebError> {
    let rows = lists::list(&ctx).await?;
    show(&ListPage {
        page: Page::new(&ctx, "外部団体の登録"),
        trail: vec![Crumb::to("/desk", "担当中の案件")],
        rows: rows.into_iter().map(line).collect(),
    })
}

fn line(row: organizer_registration::Model) -> LineView {
    let (state, badge) = state(&row.state);
    LineView {
        href: format!("{PATH}/{}", row.id),
        name: row.name,
        prefecture: Prefecture::name_of(row.prefecture),
        contact: row.contact_name,
        on: row.verified_at.map(|at| Day::of(at).japanese()).unwrap_or_default(),
        state,
        badge,
    }
}

fn state(name: &str) -> (&'static str, &'static str) {
    match name {
        "approved" => ("承認しました", "success"),
        "rejected" => ("承認しませんでした", "neutral"),
        _ => ("確認待ち", "warning"),
    }
}

#[derive(Template)]
#[template(path = "organizer/show.html")]
struct ShowPage {
    page: Page,
    trail: Vec<Crumb>,
    own: String,
    state: &'static str,
    badge: &'static str,
    facts: Vec<(&'static str, String)>,
    may_decide: bool,
    version: i64,
    reason: String,
    problems: Problems,
}

/// A registration.
pub async fn page(ctx: Ctx, Path(id): Path<OrganizerRegistrationId>) -> Result<Response, WebError> {
    let found = lists::find(&ctx, ctx.db(), id).await?;
    show(&show_page(&ctx, found, "", Problems::default()))
}

fn show_page(ctx: &Ctx, found: Found, reason: &str, problems: Problems) -> ShowPage {
    let row = found.row;
    let (state, badge) = state(&row.state);
    let day =
        |at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| Day::of(at).japanese()).unwrap_or_default();
    ShowPage {
        page: Page::new(ctx, row.name.clone()),
        trail: vec![Crumb::to("/desk", "担当中の案件"), Crumb::to(PATH, "外部団体の登録")],
        own: format!("{PATH}/{}", row.id),
        state,
        badge,
        facts: vec![
            ("フリガナ", row.kana),
            ("所在地", format!("{} {}", Prefecture::name_of(row.prefecture), row.address)),
            ("開きたい研修会", row.purpose),
            ("担当者", format!("{}（{}）", row.contact_name, row.contact_kana)),
            ("電話番号", row.phone),
            ("メールアドレス", format!("{}（確認済み）", row.email)),
            ("届いた日", day(row.verified_at)),
            ("承認する医師会", found.office),
            ("決めた日", day(row.decided_at)),
            ("決めた人", row.decided_by),
            ("コメント", row.reason),
        ],
        may_decide: found.may_decide,
        version: row.version,
        reason: reason.to_owned(),
        problems,
    }
}

/// Decides about it.
pub async fn decide(
    ctx: Ctx,
    Path(id): Path<OrganizerRegistrationId>,
    fields: Fields,
) -> Result<Response, WebError> {
    let (choice, text) = match fields.text("choice") {
        "approve" => (Choice::Approve, "承認しました。担当者に、登録の案内をメールで送りました。"),
        _ => (Choice::Reject, "承認しないことを記録し、担当者にメールで知らせました。"),
    };
    let version = fields.text("version").parse().unwrap_or_default();
    let reason = fields.text("reason");
    match actions::decide(&ctx, id, version, choice, reason).await {
        Ok(()) => Ok(ctx.done(&format!("{PATH}/{id}"), text)),
        Err(Error::Invalid(problems)) => {
            let found = lists::find(&ctx, ctx.db(), id).await?;
            let page = show_page(&ctx, found, reason, Problems(problems));
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}
