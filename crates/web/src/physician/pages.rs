//! One physician, and the reset of a login.

use super::tabs::{self, Part, Sheet};
use crate::ctx::{Ctx, see_other};
use crate::desk::paging::{Crumb, Tab, link};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::membership_application::actions::office::may_record_loss;
use mamis_app::physician::actions::{self, Way};
use mamis_app::physician::lists::{self, Shown};
use mamis_app::{Error, duplicate};
use mamis_rules::access;
use mamis_rules::access::Depth;
use mamis_rules::base::PhysicianId;
use serde::Deserialize;

/// Which part of the page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    tab: String,
}

#[derive(Template)]
#[template(path = "physician/show.html")]
struct ShowPage {
    page: Page,
    trail: Vec<Crumb>,
    tabs: Vec<Tab>,
    facts: tabs::Facts,
    sheets: Vec<Sheet>,
    depth: &'static str,
    /// Where a reason is given; empty where none is asked.
    reason_to: String,
    reason: String,
    problems: Problems,
    reset: String,
    links: Vec<Crumb>,
}

/// One part of what is known of a physician, as deep as the duty looks. A look beyond what lists show is noted.
pub async fn page(
    ctx: Ctx,
    Path(id): Path<PhysicianId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let shown = lists::show(&ctx, id).await?;
    if let Some(kept) = duplicate::lists::successor(&ctx, &shown.row).await? {
        return Ok(ctx.lead(
            &format!("/physicians/{kept}"),
            "info",
            "この記録は、次の記録に統合されています。",
        ));
    }
    let part = Some(Part::read(&asked.tab)).filter(|part| part.is_open(&ctx, &shown));
    let part = part.unwrap_or(Part::Identity);
    if shown.depth >= Depth::Contact {
        actions::note_look(&ctx, id, part.name()).await?;
    }
    show(&show_page(&ctx, &shown, part, Problems::default()).await?)
}

/// Opens the data of another association's member to the keeper of the register.
pub async fn give_reason(
    ctx: Ctx,
    Path(id): Path<PhysicianId>,
    fields: Fields,
) -> Result<Response, WebError> {
    match actions::give_reason(&ctx, id, fields.text("reason")).await {
        Ok(()) => Ok(see_other(&format!("/physicians/{id}"))),
        Err(Error::Invalid(problems)) => {
            let shown = lists::show(&ctx, id).await?;
            let mut page = show_page(&ctx, &shown, Part::Identity, Problems(problems)).await?;
            fields.text("reason").clone_into(&mut page.reason);
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn show_page(ctx: &Ctx, shown: &Shown, part: Part, problems: Problems) -> Result<ShowPage, WebError> {
    let id = shown.facts.physician;
    let to = format!("/physicians/{id}");
    let may_reset = access::physician::may_send_credentials(&ctx.actor, &shown.facts).is_ok();
    let may_reset = may_reset && shown.account.is_some() && !shown.asks_reason;
    let (facts, sheets) = tabs::of(ctx, shown, part).await?;
    let tab = |one: &Part| Tab {
        href: link(&to, &[("tab", one.name())]),
        label: one.label(),
        count: String::new(),
        current: *one == part,
    };
    Ok(ShowPage {
        page: Page::new(ctx, format!("{}さん", shown.name())),
        trail: vec![Crumb::to("/physicians", "医師")],
        tabs: Part::ALL.iter().filter(|one| one.is_open(ctx, shown)).map(tab).collect(),
        facts,
        sheets,
        depth: shown.depth.label(),
        reason_to: if shown.asks_reason { format!("{to}/looks") } else { String::new() },
        reason: String::new(),
        problems,
        reset: if may_reset { format!("{to}/login-links/new") } else { String::new() },
        links: links(ctx, shown).await,
    })
}

async fn links(ctx: &Ctx, shown: &Shown) -> Vec<Crumb> {
    let holds = |duty| ctx.actor.duties().iter().any(|held| held.duty == duty);
    let name = link("/certifications", &[("q", &shown.name())]);
    let certifications = Crumb::to(&name, "認定台帳で見る");
    let id = shown.facts.physician;
    let mut links = Vec::new();
    if holds(access::Duty::Certification) {
        links.push(certifications);
    }
    let declares = access::physician::may_declare_credits(&ctx.actor, &shown.facts).is_ok();
    let edits =
        holds(access::Duty::Membership) && access::physician::may_edit(&ctx.actor, &shown.facts).is_ok();
    if (declares || edits) && shown.row.deceased_on.is_none() {
        links.push(Crumb::to(&format!("/on-behalf/{id}"), "代理で入力する"));
    }
    // Asked of the action: which office of a member writes it down is not a matter of rights alone.
    if shown.row.deceased_on.is_none() && may_record_loss(ctx, id).await.is_ok() {
        links.push(Crumb::to(&format!("/physicians/{id}/losses/new"), "死亡・免許の喪失を記録する"));
    }
    links
}

#[derive(Template)]
#[template(path = "physician/login_link.html")]
struct LinkPage {
    page: Page,
    trail: Vec<Crumb>,
    action: String,
    back: String,
    name: String,
    login_id: String,
    /// The verified address; empty when the letter goes by post.
    email: String,
    /// As typed.
    reason: String,
    problems: Problems,
}

/// Asks for the reason.
pub async fn new_login_link(ctx: Ctx, Path(id): Path<PhysicianId>) -> Result<Response, WebError> {
    show(&link_page(&ctx, id, "", Problems::default()).await?)
}

/// Sends the link.
pub async fn send_login_link(
    ctx: Ctx,
    Path(id): Path<PhysicianId>,
    fields: Fields,
) -> Result<Response, WebError> {
    match actions::send_login_link(&ctx, id, fields.text("reason")).await {
        Ok(way) => {
            let text = match way {
                Way::Mail => "ログインの再設定の案内を、メールで送りました。",
                Way::Post => {
                    "ログインの再設定の案内を、「郵送する案内」に加えました。印刷して送ってください。"
                }
            };
            Ok(ctx.done(&format!("/physicians/{id}"), text))
        }
        Err(Error::Invalid(problems)) => {
            let page = link_page(&ctx, id, fields.text("reason"), Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn link_page(
    ctx: &Ctx,
    id: PhysicianId,
    reason: &str,
    problems: Problems,
) -> Result<LinkPage, WebError> {
    let shown = lists::show(ctx, id).await?;
    access::physician::may_send_credentials(&ctx.actor, &shown.facts)?;
    let account = shown.account.as_ref().ok_or(Error::NotFound)?;
    if shown.asks_reason {
        return Err(Error::refused("先に、医師のページで「見る理由」を入力してください。").into());
    }
    actions::note_look(ctx, id, "login").await?;
    let back = format!("/physicians/{id}");
    Ok(LinkPage {
        page: Page::new(ctx, "ログインの再設定"),
        trail: vec![Crumb::to("/physicians", "医師"), Crumb::to(&back, &format!("{}さん", shown.name()))],
        action: format!("/physicians/{id}/login-links"),
        back,
        name: shown.name(),
        login_id: account.login_id.clone(),
        email: shown.row.email.clone().filter(|_| shown.row.email_verified_at.is_some()).unwrap_or_default(),
        reason: reason.to_owned(),
        problems,
    })
}
