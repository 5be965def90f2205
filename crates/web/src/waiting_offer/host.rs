//! The waiting list as its host sees it: who waits, who is to be called, who goes first.

use crate::ctx::Ctx;
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use crate::training::day_time;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::signup::actions::{Rank, prioritise};
use mamis_app::training::lists::Shown;
use mamis_app::waiting_offer::lists::{MOST, Waiter};
use mamis_app::waiting_offer::{actions, lists};
use mamis_rules::base::{SignupId, TrainingId};
use mamis_rules::signup::Seats;
use mamis_rules::waiting_list::{check_call, offer_ends};
use uuid::Uuid;

#[derive(Template)]
#[template(path = "waiting_offer/line.html")]
struct LinePage {
    page: Page,
    trail: Vec<Crumb>,
    title: String,
    when: String,
    people: Vec<PersonView>,
    waiting: usize,
    offered: usize,
    free: i64,
    /// Seats are offered by themselves; else the office calls.
    automatic: bool,
    /// More wait than the page shows.
    cut: bool,
    most: u64,
}

struct PersonView {
    signup: Uuid,
    place: String,
    name: String,
    kana: String,
    number: String,
    since: String,
    /// Kind of badge, text, and what to do.
    badge: &'static str,
    state: &'static str,
    note: String,
    reason: String,
    first: bool,
    may_accept: bool,
    may_prioritise: bool,
}

/// The list.
pub async fn line(ctx: Ctx, Path(id): Path<TrainingId>) -> Result<Response, WebError> {
    let (shown, waiters) = lists::line(&ctx, id).await?;
    show(&line_page(&ctx, &shown, &waiters))
}

fn seats(shown: &Shown) -> Seats {
    Seats {
        capacity: shown.seats.as_ref().map_or(0, |seats| seats.capacity.into()),
        taken: shown.taken().into(),
    }
}

fn line_page(ctx: &Ctx, shown: &Shown, waiters: &[Waiter]) -> LinePage {
    let row = &shown.standing.row;
    let call = check_call(seats(shown), row.starts_at, ctx.now).is_ok();
    let offered = waiters.iter().filter(|waiter| waiter.is_offered()).count();
    let person = |(at, waiter): (usize, &Waiter)| person(waiter, (at + 1).saturating_sub(offered), call);
    LinePage {
        page: Page::new(ctx, "キャンセル待ち"),
        trail: trail(shown),
        title: row.title.clone(),
        when: day_time(row.starts_at),
        people: waiters.iter().enumerate().map(person).collect(),
        waiting: waiters.len() - offered,
        offered,
        free: seats(shown).free(),
        automatic: offer_ends(ctx.now, row.starts_at).is_some(),
        cut: waiters.len() as u64 >= MOST,
        most: MOST,
    }
}

fn trail(shown: &Shown) -> Vec<Crumb> {
    let id = shown.standing.id();
    let title = &shown.standing.row.title;
    vec![Crumb::to("/trainings", "研修会"), Crumb::to(&format!("/trainings/{id}"), title)]
}

fn person(waiter: &Waiter, place: usize, call: bool) -> PersonView {
    let offered = waiter.is_offered();
    let to_call = if offered { !waiter.has_mail } else { call };
    let (badge, state) = match (offered, to_call) {
        (true, true) => ("warning", "電話で連絡"),
        (true, false) => ("info", "案内中"),
        (false, true) => ("warning", "電話で連絡"),
        (false, false) => ("neutral", "待っている"),
    };
    PersonView {
        signup: waiter.signup,
        place: if offered { "案内中".to_owned() } else { format!("{place}番") },
        name: waiter.name.clone(),
        kana: waiter.kana.clone(),
        number: waiter.registry_number.clone().unwrap_or_default(),
        since: day_time(waiter.since),
        badge,
        state,
        note: waiter.until.map(|until| format!("{}まで", day_time(until))).unwrap_or_default(),
        reason: waiter.priority_reason.clone(),
        first: waiter.priority > 0,
        may_accept: offered || call,
        may_prioritise: !offered,
    }
}

#[derive(Template)]
#[template(path = "waiting_offer/accept.html")]
struct AcceptPage {
    page: Page,
    form: PersonForm,
    until: String,
    phone: String,
}

#[derive(Template)]
#[template(path = "waiting_offer/priority.html")]
struct PriorityPage {
    page: Page,
    form: PersonForm,
    /// Goes first already.
    first: bool,
    kept: String,
}

/// What both forms show.
struct PersonForm {
    trail: Vec<Crumb>,
    action: String,
    back: String,
    name: String,
    kana: String,
    title: String,
    when: String,
    reason: String,
    problems: Problems,
}

fn person_form(shown: &Shown, waiter: &Waiter, action: &str) -> PersonForm {
    let row = &shown.standing.row;
    let back = format!("/trainings/{}/waiting-list", row.id);
    let mut trail = trail(shown);
    trail.push(Crumb::to(&back, "キャンセル待ち"));
    PersonForm {
        trail,
        action: format!("/signups/{}/{action}", waiter.signup),
        back,
        name: waiter.name.clone(),
        kana: waiter.kana.clone(),
        title: row.title.clone(),
        when: day_time(row.starts_at),
        reason: String::new(),
        problems: Problems::default(),
    }
}

/// Asks how somebody said yes.
pub async fn new_acceptance(ctx: Ctx, Path(id): Path<SignupId>) -> Result<Response, WebError> {
    show(&accept_page(&ctx, id).await?)
}

async fn accept_page(ctx: &Ctx, id: SignupId) -> Result<AcceptPage, WebError> {
    let (shown, waiter) = lists::waiter(ctx, id).await?;
    actions::note_look(ctx, &waiter).await?;
    Ok(AcceptPage {
        page: Page::new(ctx, format!("{}さんに席を渡す", waiter.name)),
        form: person_form(&shown, &waiter, "acceptances"),
        until: waiter.until.map(day_time).unwrap_or_default(),
        phone: waiter.phone.unwrap_or_else(|| "登録がありません".to_owned()),
    })
}

/// Somebody's yes, heard by telephone.
pub async fn accept(ctx: Ctx, Path(id): Path<SignupId>, fields: Fields) -> Result<Response, WebError> {
    match actions::accept_by_host(&ctx, id, fields.text("reason")).await {
        Ok(training) => {
            let text = "席を渡しました。本人に申込完了のお知らせを送ります。";
            Ok(ctx.done(&format!("/trainings/{training}/waiting-list"), text))
        }
        Err(Error::Invalid(problems)) => {
            let mut page = accept_page(&ctx, id).await?;
            page.form.problems = Problems(problems);
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// Asks why somebody goes first.
pub async fn new_priority(ctx: Ctx, Path(id): Path<SignupId>) -> Result<Response, WebError> {
    show(&priority_page(&ctx, id).await?)
}

async fn priority_page(ctx: &Ctx, id: SignupId) -> Result<PriorityPage, WebError> {
    let (shown, waiter) = lists::waiter(ctx, id).await?;
    Ok(PriorityPage {
        page: Page::new(ctx, format!("{}さんの順番", waiter.name)),
        form: person_form(&shown, &waiter, "priorities"),
        first: waiter.priority > 0,
        kept: waiter.priority_reason.clone(),
    })
}

/// Lets somebody go first, or not any more.
pub async fn change_priority(
    ctx: Ctx,
    Path(id): Path<SignupId>,
    fields: Fields,
) -> Result<Response, WebError> {
    let rank = if fields.text("act") == "usual" { Rank::Usual } else { Rank::First };
    match prioritise(&ctx, id, rank, fields.text("reason")).await {
        Ok(training) => Ok(ctx.done(&format!("/trainings/{training}/waiting-list"), "順番を変えました。")),
        Err(Error::Invalid(problems)) => {
            let mut page = priority_page(&ctx, id).await?;
            page.form.problems = Problems(problems);
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}
