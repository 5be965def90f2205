//! The list of physicians, one of them, and the reset of a login.

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
use mamis_app::physician::actions::{self, Way};
use mamis_app::physician::lists::{self, Filter, Line, PAGE, Shown};
use mamis_rules::access;
use mamis_rules::access::{Depth, Scope};
use mamis_rules::base::{Day, PhysicianId};
use serde::Deserialize;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    without_email: String,
    page: String,
}

#[derive(Template)]
#[template(path = "physician/list.html")]
struct ListPage {
    page: Page,
    q: String,
    without_email: bool,
    /// The duty looks at physicians at all.
    looks: bool,
    rows: Vec<LineView>,
    pager: Pager,
}

struct LineView {
    href: String,
    name: String,
    kana: String,
    association: String,
    badge: &'static str,
    email: &'static str,
}

/// The list.
pub async fn list(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let number = asked.page.parse().unwrap_or(1);
    let filter = Filter { text: asked.q.trim().to_owned(), without_email: !asked.without_email.is_empty() };
    let (rows, total) = lists::page(&ctx, &filter, number).await?;
    let fields = [("q", asked.q.as_str()), ("without_email", asked.without_email.as_str())];
    show(&ListPage {
        page: Page::new(&ctx, "医師"),
        rows: rows.iter().map(line).collect(),
        pager: Pager::new(total, number, PAGE, "/physicians", &fields),
        without_email: filter.without_email,
        looks: access::physician::visible_to(&ctx.actor) != Scope::Nothing,
        q: asked.q,
    })
}

fn line(row: &Line) -> LineView {
    let verified = row.email_verified_at.is_some();
    LineView {
        href: format!("/physicians/{}", row.id),
        name: row.name(),
        kana: row.kana(),
        association: or(&row.association, "非会員"),
        badge: if verified { "success" } else { "warning" },
        email: if verified { "メールで届く" } else { "郵送" },
    }
}

fn or(text: &str, empty: &str) -> String {
    if text.is_empty() { empty.to_owned() } else { text.to_owned() }
}

#[derive(Template)]
#[template(path = "physician/show.html")]
struct ShowPage {
    page: Page,
    trail: Vec<Crumb>,
    name: String,
    kana: String,
    association: String,
    facts: Vec<(&'static str, String)>,
    depth: &'static str,
    reset: String,
    links: Vec<Crumb>,
}

/// One physician, as deep as the duty looks. A look at full data is noted.
pub async fn page(ctx: Ctx, Path(id): Path<PhysicianId>) -> Result<Response, WebError> {
    let shown = lists::show(&ctx, id).await?;
    if shown.depth == Depth::Full {
        actions::note_look(&ctx, id).await?;
    }
    show(&show_page(&ctx, &shown))
}

fn show_page(ctx: &Ctx, shown: &Shown) -> ShowPage {
    let id = shown.facts.physician;
    let may_reset = access::physician::may_send_credentials(&ctx.actor, &shown.facts).is_ok();
    ShowPage {
        page: Page::new(ctx, format!("{}さん", shown.name())),
        trail: vec![Crumb::to("/physicians", "医師")],
        name: shown.name(),
        kana: format!("{} {}", shown.row.family_kana, shown.row.given_kana),
        association: or(&shown.association, "非会員"),
        facts: facts(shown),
        depth: shown.depth.label(),
        reset: if may_reset && shown.account.is_some() {
            format!("/physicians/{id}/login-links/new")
        } else {
            String::new()
        },
        links: links(ctx, shown),
    }
}

fn links(ctx: &Ctx, shown: &Shown) -> Vec<Crumb> {
    let holds = |duty| ctx.actor.duties().iter().any(|held| held.duty == duty);
    let name = crate::desk::paging::link("/certifications", &[("q", &shown.name())]);
    let certifications = Crumb::to(&name, "認定台帳で見る");
    if !holds(access::Duty::Certification) {
        return Vec::new();
    }
    let id = shown.facts.physician;
    let may = access::physician::may_declare_credits(&ctx.actor, &shown.facts).is_ok();
    let on_behalf = may.then(|| Crumb::to(&format!("/on-behalf/{id}"), "代理で入力する"));
    [certifications].into_iter().chain(on_behalf).collect()
}

/// What the depth shows.
fn facts(shown: &Shown) -> Vec<(&'static str, String)> {
    let row = &shown.row;
    let text = |text: &Option<String>| or(text.as_deref().unwrap_or_default(), "–");
    let mut facts = Vec::new();
    if shown.depth >= Depth::Contact {
        let verified = if row.email_verified_at.is_some() {
            "（確認済み）"
        } else {
            "（未確認。案内は郵送）"
        };
        let email = row.email.as_ref().map(|email| format!("{email}{verified}"));
        facts.push(("メールアドレス", email.unwrap_or_else(|| "なし（案内は郵送）".to_owned())));
        facts.push(("電話番号", text(&row.phone)));
        let workplace = shown.workplace.as_ref().map(|at| at.name.clone());
        facts.push(("勤務先", text(&workplace)));
    }
    if shown.depth == Depth::Full {
        facts.push(("医籍登録番号", text(&row.registry_number)));
        facts.push(("日医会員ID", text(&row.national_member_id)));
        facts.push(("生年月日", Day::from(row.birth_on).japanese()));
        facts.push(("ログイン", login(shown)));
    }
    facts
}

fn login(shown: &Shown) -> String {
    match (&shown.account, shown.has_logged_in) {
        (None, _) => "アカウントがありません".to_owned(),
        (Some(account), _) if account.state != "active" => "停止中".to_owned(),
        (Some(account), false) => format!("{}（まだログインしていません）", account.login_id),
        (Some(account), true) => format!("{}（ログイン中の端末 {}台）", account.login_id, shown.sessions),
    }
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
    problems: Problems,
}

/// Asks for the reason.
pub async fn new_login_link(ctx: Ctx, Path(id): Path<PhysicianId>) -> Result<Response, WebError> {
    show(&link_page(&ctx, id, Problems::default()).await?)
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
            let page = link_page(&ctx, id, Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn link_page(ctx: &Ctx, id: PhysicianId, problems: Problems) -> Result<LinkPage, WebError> {
    let shown = lists::show(ctx, id).await?;
    access::physician::may_send_credentials(&ctx.actor, &shown.facts)?;
    let account = shown.account.as_ref().ok_or(Error::NotFound)?;
    actions::note_look(ctx, id).await?;
    let back = format!("/physicians/{id}");
    Ok(LinkPage {
        page: Page::new(ctx, "ログインの再設定"),
        trail: vec![Crumb::to("/physicians", "医師"), Crumb::to(&back, &format!("{}さん", shown.name()))],
        action: format!("/physicians/{id}/login-links"),
        back,
        name: shown.name(),
        login_id: account.login_id.clone(),
        email: shown.row.email.clone().filter(|_| shown.row.email_verified_at.is_some()).unwrap_or_default(),
        problems,
    })
}
