//! My page.

use super::headline::{self, View};
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::page::{Notice, Page, show};
use crate::training::day_time;
use askama::Template;
use axum::response::Response;
use chrono::{DateTime, Utc};
use mamis_app::account::lists::Email;
use mamis_app::application::lists::Line;
use mamis_app::decision::clock_time;
use mamis_app::membership_application::words;
use mamis_app::my::lists;
use mamis_app::my::lists::registration::Proposal;
use mamis_app::signup::lists::UpcomingSignup;
use mamis_app::training::lists::Found as TrainingFound;
use mamis_app::waiting_offer::token;
use mamis_rules::association::Prefecture;
use mamis_rules::base::{ApplicationId, Day};

#[derive(Template)]
#[template(path = "my/page.html")]
struct MyTemplate {
    page: Page,
    /// The change of category laid ready for a resident.
    proposal: Option<ProposalView>,
    offers: Vec<OfferView>,
    today: Vec<Seat>,
    headlines: Vec<View>,
    trainings: Vec<TrainingView>,
    seats: Vec<Seat>,
    applications: Vec<ApplicationView>,
    credits: Vec<CreditView>,
}

struct ProposalView {
    id: String,
    lines: Vec<String>,
    from: String,
    until: String,
}

/// A seat that became free and is held until the answer.
struct OfferView {
    href: String,
    title: String,
    day: String,
    until: String,
}

struct Seat {
    href: String,
    title: String,
    day: String,
    time: String,
    place: String,
    cancelled: bool,
    /// The training has ended.
    over: bool,
    waiting: bool,
}

struct TrainingView {
    href: String,
    title: String,
    day: String,
    time: String,
    place: String,
    host: String,
    offers: Vec<String>,
}

struct ApplicationView {
    href: String,
    title: String,
    number: String,
    sentence: &'static str,
    nobody: String,
    desk: String,
    since: String,
    badge: &'static str,
    state: &'static str,
}

struct CreditView {
    day: String,
    title: String,
    href: String,
    what: String,
    amount: String,
    trust: &'static str,
    badge: &'static str,
}

/// My page: what matters first.
pub async fn page(ctx: Ctx) -> Result<Response, WebError> {
    let found = lists::page(&ctx).await?;
    let today = ctx.today();
    let mut page = Page::new(&ctx, "マイページ");
    page.notices.extend(ctx.current.as_ref().and_then(|current| email_notice(current.email.as_ref()?)));
    let proposal = found.proposal.as_ref();
    let applications = found.applications.iter();
    // What was laid ready stands on top with its button.
    let is_proposal = |line: &&Line| proposal.is_some_and(|laid| ApplicationId::from(line.id) == laid.id);
    let applications = applications.filter(|line| !is_proposal(line)).map(application).collect();
    let is_now = |signup: &&UpcomingSignup| signup.is_on(today) && signup.is_confirmed();
    let (now, later): (Vec<_>, Vec<_>) = found.signups.iter().partition(is_now);
    let offers = later.iter().filter_map(|signup| offer(&ctx, signup)).collect();
    let later = later.into_iter().filter(|signup| signup.offer.is_none());
    show(&MyTemplate {
        page,
        today: now.into_iter().map(|signup| seat(signup, ctx.now)).collect(),
        offers,
        seats: later.map(|signup| seat(signup, ctx.now)).collect(),
        headlines: headline::views(&found, today),
        trainings: found.trainings.iter().map(training).collect(),
        applications,
        proposal: proposal.map(proposed),
        credits: found.credits.iter().map(credit).collect(),
    })
}

fn proposed(found: &Proposal) -> ProposalView {
    ProposalView {
        id: found.id.to_string(),
        lines: words(&found.categories),
        from: found.effective_on.japanese(),
        until: found.until.japanese(),
    }
}

fn email_notice(email: &Email) -> Option<Notice> {
    let (text, action) = match email {
        Email::Verified => return None,
        Email::Unverified(email) => (
            format!(
                "メールアドレス（{email}）がまだ確認できていません。確認が済むまで、大切なお知らせは郵便で届きます。"
            ),
            "確認のメールを送る",
        ),
        Email::Missing => (
            "メールアドレスが登録されていません。登録すると、研修会や申請のお知らせがメールで届きます。"
                .to_owned(),
            "メールアドレスを登録する",
        ),
    };
    Some(Notice::new("warning", text).leading("/my/account#email", action))
}

fn offer(ctx: &Ctx, seat: &UpcomingSignup) -> Option<OfferView> {
    let until = seat.offered_until.filter(|until| *until > ctx.now)?;
    Some(OfferView {
        href: format!("/seat-offers/{}", token(&ctx.app, seat.offer?.into())),
        title: seat.title.clone(),
        day: format!("{} {}", Day::of(seat.starts_at).japanese(), times(seat.starts_at, seat.ends_at)),
        until: day_time(until),
    })
}

fn seat(seat: &UpcomingSignup, now: DateTime<Utc>) -> Seat {
    let ticket = format!("/my/tickets/{}", seat.id);
    Seat {
        href: if seat.is_confirmed() { ticket } else { format!("/trainings/{}", seat.training) },
        waiting: !seat.is_confirmed(),
        title: seat.title.clone(),
        day: Day::of(seat.starts_at).japanese(),
        time: times(seat.starts_at, seat.ends_at),
        place: place(&seat.mode, &seat.venue, None),
        cancelled: seat.training_state == "cancelled" || seat.training_state == "postponed",
        over: seat.ends_at <= now,
    }
}

fn times(from: DateTime<Utc>, until: DateTime<Utc>) -> String {
    format!("{}〜{}", clock_time(from), clock_time(until))
}

fn place(mode: &str, venue: &str, prefecture: Option<i32>) -> String {
    let name = prefecture.map_or("", Prefecture::name_of);
    match mode {
        "web" => "Web開催".to_owned(),
        "hybrid" => format!("{name} {venue}（Webでも参加できます）").trim().to_owned(),
        _ => format!("{name} {venue}").trim().to_owned(),
    }
}

fn training(training: &TrainingFound) -> TrainingView {
    let day = Day::from(training.held_on);
    TrainingView {
        href: format!("/trainings/{}", training.id),
        title: training.title.clone(),
        day: format!("{}（{}）", day.japanese(), day.weekday()),
        time: format!("{}から", clock_time(training.starts_at)),
        place: place(&training.mode, &training.venue, Some(training.prefecture)),
        host: training.host_name.clone(),
        offers: offers(&training.offers),
    }
}

/// 「生涯研修 実地」 for each kind of credit of the certified schemes.
fn offers(offers: &str) -> Vec<String> {
    let words = |offer: &str| {
        let mut parts = offer.split('/');
        parts.next().filter(|scheme| *scheme == "occupational_physician" || *scheme == "sports_physician")?;
        let course = parts.next().and_then(|course| course.parse::<mamis_rules::credit::Course>().ok());
        let category = parts.next().unwrap_or_default();
        Some(format!("{} {category}", course.map_or("", |course| course.label())).trim().to_owned())
    };
    offers.split('|').filter(|offer| !offer.is_empty()).filter_map(words).collect()
}

fn application(line: &Line) -> ApplicationView {
    let draft = line.submitted_at.is_none();
    ApplicationView {
        href: if draft {
            format!("/applications/{}/edit", line.id)
        } else {
            format!("/applications/{}", line.id)
        },
        title: line.title(),
        number: line.number.clone().unwrap_or_default(),
        sentence: line.sentence(),
        nobody: line.nobody(),
        desk: line.desk_name.clone().unwrap_or_default(),
        since: line.waiting_since.map(|at| Day::of(at).japanese()).unwrap_or_default(),
        badge: line.badge(),
        state: line.state_label(),
    }
}

fn credit(entry: &mamis_app::my::lists::ledger::Entry) -> CreditView {
    CreditView {
        day: entry.earned_on.japanese(),
        title: entry.title.clone(),
        href: entry.training.map(|id| format!("/trainings/{id}")).unwrap_or_default(),
        what: super::credits::what(entry),
        amount: format!("{}単位", entry.amount),
        trust: entry.trust.label(),
        badge: entry.trust.badge(),
    }
}
