//! The pages.

use super::body::{Piece, pieces};
use super::tour::{MEMBERS, STEPS, Step};
use crate::account::encoded;
use crate::ctx::Ctx;
use crate::desk::paging::Pager;
use crate::error::WebError;
use crate::page::{Page, show as show_page};
use askama::Template;
use axum::Json;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use mamis_app::account::lists;
use mamis_app::account::one_time_code::{self, Offer};
use mamis_app::decision::at;
use mamis_app::mail::lists as letters;
use mamis_app::seed::{self, DemoAccount};
use mamis_app::{Error, World};
use mamis_rules::access::system;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Somebody to log in as, with the code of this moment.
#[derive(Clone, Debug, Serialize)]
struct Line {
    login_id: &'static str,
    password: &'static str,
    role: &'static str,
    name: &'static str,
    one_time_code: Option<String>,
    #[serde(skip)]
    seconds_left: i64,
    #[serde(skip)]
    story: &'static str,
    #[serde(skip)]
    is_officer: bool,
}

async fn lines(ctx: &Ctx) -> Result<Vec<Line>, WebError> {
    if ctx.app.world != World::Demo {
        return Err(Error::NotFound.into());
    }
    system::may_see_demo(&ctx.actor)?;
    let accounts = seed::accounts();
    let ids: Vec<&str> = accounts.iter().map(|account| account.login_id).collect();
    // Not the secret they were invented with: an officer who has registered another app reads its code.
    let credentials = lists::present_credentials(ctx, &ids).await?;
    let line = |account: DemoAccount| {
        let now = ctx.app.clock.wall();
        let code = credentials.get(account.login_id);
        let code = code.map(|row| one_time_code::unused(&row.secret, row.last_step, now)).transpose()?;
        let (one_time_code, seconds_left) = code.map_or((None, 0), |(code, seconds)| (Some(code), seconds));
        Ok(Line {
            login_id: account.login_id,
            password: account.password,
            role: account.role,
            name: account.name,
            one_time_code,
            seconds_left,
            story: account.story,
            is_officer: account.totp_secret.is_some(),
        })
    };
    accounts.into_iter().map(line).collect()
}

/// The one-time code of the invented officer who is logging in; none outside the demo.
pub(crate) async fn code_of_reader(ctx: &Ctx) -> Result<Option<String>, WebError> {
    let Some(current) = ctx.current.as_ref().filter(|_| ctx.app.world == World::Demo) else {
        return Ok(None);
    };
    let mine = lines(ctx).await?.into_iter().find(|line| line.name == current.who.name);
    Ok(mine.and_then(|line| line.one_time_code))
}

/// The code that an app would show for a secret on offer; none outside the demo.
pub(crate) fn code_of_offer(ctx: &Ctx, offer: &Offer) -> Result<Option<String>, WebError> {
    let code = (ctx.app.world == World::Demo).then(|| one_time_code::at(&offer.secret, ctx.app.clock.wall()));
    Ok(code.transpose()?)
}

/// A step of the tour with its links.
struct TourStep {
    title: &'static str,
    text: &'static str,
    starts: Vec<Start>,
}

struct Start {
    href: String,
    name: String,
}

#[derive(Template)]
#[template(path = "demo/show.html")]
struct DemoPage {
    page: Page,
    today: String,
    now: String,
    clock: String,
    password: &'static str,
    physicians: Vec<Line>,
    officers: Vec<Line>,
    steps: Vec<TourStep>,
    members: Vec<TourStep>,
}

/// Whom to log in as, and the tour.
pub async fn show(ctx: Ctx) -> Result<Response, WebError> {
    let lines = lines(&ctx).await?;
    let (steps, members) = (tour(&lines, STEPS), tour(&lines, MEMBERS));
    let (officers, physicians) = lines.into_iter().partition(|line| line.is_officer);
    show_page(&DemoPage {
        page: Page::new(&ctx, "デモの案内"),
        today: ctx.today().japanese(),
        now: at(ctx.now),
        clock: format!("{}T{}", ctx.today(), mamis_app::decision::clock_time(ctx.now)),
        password: seed::PASSWORD,
        physicians,
        officers,
        steps,
        members,
    })
}

fn tour(lines: &[Line], steps: &[Step]) -> Vec<TourStep> {
    let start = |(login_id, path): &(&str, &str)| {
        let line = lines.iter().find(|line| line.login_id == *login_id)?;
        let href = format!("/login?login_id={login_id}&next={}", encoded(path));
        Some(Start { href, name: format!("{}　{}", line.role, line.name) })
    };
    let step = |step: &Step| TourStep {
        title: step.title,
        text: step.text,
        starts: step.starts.iter().filter_map(start).collect(),
    };
    steps.iter().map(step).collect()
}

/// The same people for programs.
pub async fn accounts(ctx: Ctx) -> Result<Response, WebError> {
    Ok(Json(lines(&ctx).await?).into_response())
}

#[derive(Template)]
#[template(path = "demo/mails.html")]
struct MailsPage {
    page: Page,
    /// What was looked for.
    text: String,
    mails: Vec<MailLine>,
    pager: Pager,
}

struct MailLine {
    id: Uuid,
    at: String,
    to: String,
    subject: String,
    state: &'static str,
}

/// The page of a list, and what is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    page: u64,
    q: String,
}

/// The mails written so far.
pub async fn mails(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let (rows, total) = letters::newest(&ctx, &asked.q, asked.page.max(1)).await?;
    let mails = rows
        .into_iter()
        .map(|row| MailLine {
            id: row.id,
            at: at(row.created_at),
            to: row.address,
            subject: row.subject,
            state: state(&row.channel, &row.state),
        })
        .collect();
    let pager = Pager::new(total, asked.page, letters::PAGE, "/demo/mails", &[("q", asked.q.as_str())]);
    show_page(&MailsPage {
        page: Page::new(&ctx, "送ったメール（デモ）"), text: asked.q, mails, pager
    })
}

fn state(channel: &str, state: &str) -> &'static str {
    match (channel, state) {
        ("post", _) => "郵送",
        (_, "sent") => "送信済み",
        (_, "failed") => "送信できませんでした",
        _ => "送信待ち",
    }
}

#[derive(Template)]
#[template(path = "demo/mail.html")]
struct MailPage {
    page: Page,
    at: String,
    to: String,
    state: &'static str,
    body: Vec<Piece>,
}

/// One mail, its links to click.
pub async fn mail(ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response, WebError> {
    let row = letters::show(&ctx, id).await?;
    show_page(&MailPage {
        page: Page::new(&ctx, row.subject),
        at: at(row.created_at),
        to: row.address,
        state: state(&row.channel, &row.state),
        body: pieces(&row.body, &ctx.app.settings.public_url),
    })
}
