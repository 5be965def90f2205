//! One training: for physicians the programme and the seat, for offices where it stands and what to decide.

use super::view::{day_time, held, mode_label};
use crate::ctx::Ctx;
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Problem;
use mamis_app::credit::lists::label;
use mamis_app::decision::clock_time;
use mamis_app::signup::lists as signups;
use mamis_app::training::lists::{self, Shown};
use mamis_app::training::tracker::{self, Step};
use mamis_app::waiting_offer::lists::{self as offers, Mine};
use mamis_app::waiting_offer::token;
use mamis_rules::access::{self, Actor};
use mamis_rules::association::Prefecture;
use mamis_rules::base::{Day, PhysicianId, TrainingId, Yen};
use mamis_rules::flow::training_approval::{Command, Phase, State};
use mamis_rules::signup::{self as rules, Facts, Seats};

/// What both pages show.
struct Outline {
    id: TrainingId,
    number: String,
    title: String,
    host: String,
    summary: String,
    when: String,
    mode: &'static str,
    place: String,
    address: String,
    capacity: i32,
    taken: i32,
    free: i32,
    fees: String,
    window: String,
    audience: String,
    contact: String,
    flyer: String,
    phase: &'static str,
    tone: &'static str,
    sessions: Vec<SessionView>,
}

struct SessionView {
    title: String,
    lecturer: String,
    time: String,
    credits: Vec<String>,
}

#[derive(Template)]
#[template(path = "training/show.html")]
struct PhysicianPage {
    page: Page,
    trail: Vec<Crumb>,
    outline: Outline,
    /// Why the button cannot be pressed; empty when it can.
    refusal: String,
    seat: Option<SeatView>,
    wait: WaitView,
}

/// The waiting list for a physician without a seat.
#[derive(Default)]
struct WaitView {
    /// How many wait.
    people: u64,
    /// The button is offered.
    may_enter: bool,
    /// The own place; empty for whoever does not wait.
    place: String,
    /// Where the list is left.
    leave: String,
    /// The page of an offered seat, and until when it is held; empty without one.
    offer: String,
    until: String,
}

struct SeatView {
    ticket: String,
    cancel: String,
    order: i64,
    /// Why it cannot be given back here; empty when it can.
    fixed: String,
    until: String,
    /// The training is over: neither ticket nor seat are of use any more.
    over: bool,
}

#[derive(Template)]
#[template(path = "training/office.html")]
struct OfficePage {
    page: Page,
    trail: Vec<Crumb>,
    outline: Outline,
    state: &'static str,
    sentence: &'static str,
    steps: Vec<Step>,
    log: Vec<LogView>,
    note_to_approver: String,
    version: String,
    decisions: Vec<DecisionView>,
    links: Vec<Crumb>,
    /// What the host does next, on a page of its own.
    next: Option<Crumb>,
    may_edit: bool,
    may_copy: bool,
    may_discard: bool,
    errors: Vec<Problem>,
    hints: Vec<Problem>,
    problems: Problems,
    comment: String,
    inside: bool,
}

struct LogView {
    at: String,
    who: String,
    what: String,
    note: String,
}

/// A button of the decision form.
struct DecisionView {
    command: &'static str,
    label: &'static str,
    class: &'static str,
    confirm: String,
}

/// The page of a training.
pub async fn page(ctx: Ctx, Path(id): Path<TrainingId>) -> Result<Response, WebError> {
    let shown = lists::show(&ctx, id).await?;
    match ctx.actor {
        Actor::Physician { physician, .. } => show(&physician_page(&ctx, &shown, physician).await?),
        _ => show(&office_page(&ctx, &shown).await?),
    }
}

/// The page again, with what the decision lacks.
pub(super) async fn again(
    ctx: &Ctx,
    id: TrainingId,
    command: Command,
    fields: &Fields,
    problems: Vec<Problem>,
) -> Result<Response, WebError> {
    let shown = lists::show(ctx, id).await?;
    let mut page = office_page(ctx, &shown).await?;
    // An incomplete draft has its problems at fields of the other page.
    let far = command == Command::Submit;
    let text = |problem: Problem| if far { Problem::at("", &problem.text) } else { problem };
    page.problems = Problems(problems.into_iter().map(text).collect());
    page.comment = fields.text("comment").to_owned();
    show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn outline(ctx: &Ctx, shown: &Shown) -> Outline {
    let row = &shown.standing.row;
    let phase = shown.standing.phase(ctx.now);
    let free = (row.capacity - shown.taken()).max(0);
    let (phase, tone) = super::view::shown(phase, free);
    let window = shown.standing.window();
    let fees = format!("会員 {}／非会員 {}", Yen(row.fee_member), Yen(row.fee_non_member));
    Outline {
        id: row.id.into(),
        number: row.number.clone(),
        title: row.title.clone(),
        host: row.host_name.clone(),
        summary: row.summary.clone(),
        when: held(row.starts_at, row.ends_at),
        mode: mode_label(&row.mode),
        place: row.venue.clone(),
        address: address(row),
        capacity: row.capacity,
        taken: shown.taken(),
        free,
        fees,
        window: window.map_or_else(
            || "マイページでは受け付けません。主催者へお問い合わせください。".to_owned(),
            |window| format!("{} から {} まで", day_time(window.opens_at), day_time(window.closes_at)),
        ),
        audience: row.audience.clone(),
        contact: row.contact.clone(),
        flyer: row.flyer.map(|id| format!("/attachments/{id}")).unwrap_or_default(),
        phase,
        tone,
        sessions: shown.sessions.iter().map(|session| session_view(shown, session)).collect(),
    }
}

/// The address with its prefecture, said once.
fn address(row: &mamis_schema::training::Model) -> String {
    let prefecture = Prefecture::name_of(row.prefecture);
    if row.venue_address.starts_with(prefecture) {
        row.venue_address.clone()
    } else {
        format!("{prefecture}{}", row.venue_address)
    }
}

fn session_view(shown: &Shown, session: &mamis_schema::training_session::Model) -> SessionView {
    let lines = shown.standing.lines.iter().filter(|line| line.training_session == session.id);
    let day = Day::of(session.starts_at);
    let other_day = day != Day::of(shown.standing.row.starts_at);
    let date = if other_day { format!("{}月{}日 ", day.month(), day.day()) } else { String::new() };
    SessionView {
        title: session.title.clone(),
        lecturer: session.lecturer.clone(),
        time: format!("{date}{}〜{}", clock_time(session.starts_at), clock_time(session.ends_at)),
        credits: lines
            .map(|line| {
                let code = line.curriculum_code.map(|code| format!("（CC{code}）")).unwrap_or_default();
                format!(
                    "{}{code}",
                    label(&line.scheme, &line.course, &line.category, &line.item, line.amount)
                )
            })
            .collect(),
    }
}

async fn physician_page(ctx: &Ctx, shown: &Shown, physician: PhysicianId) -> Result<PhysicianPage, WebError> {
    let row = &shown.standing.row;
    let seat = signups::seat_of(ctx, physician, shown.standing.id()).await?;
    let (has_seat, overlap) = signups::at_that_time(ctx.db(), physician, row).await?;
    let (mine, people) = if has_seat || row.ends_at <= ctx.now {
        (None, 0)
    } else {
        (offers::mine(ctx, physician, row.id.into()).await?, offers::waiting(ctx, row.id.into()).await?)
    };
    let facts = Facts {
        state: shown.standing.state,
        window: shown.standing.window(),
        held: shown.standing.held(),
        seats: Seats { capacity: row.capacity.into(), taken: shown.taken().into() },
        has_seat,
        is_waiting: mine.is_some(),
        others_wait: people > 0,
        overlap,
    };
    let wait = wait_view(ctx, mine, people, rules::check_wait(&facts, ctx.now).is_ok());
    let cancel = rules::check_cancel(shown.standing.window(), shown.standing.held(), &row.contact, ctx.now);
    let seat = seat.map(|seat| SeatView {
        ticket: format!("/my/tickets/{}", seat.id),
        cancel: format!("/signups/{}/cancellations", seat.id),
        order: seat.order_number,
        fixed: cancel.err().unwrap_or_default(),
        until: day_time(row.recruits_until),
        over: row.ends_at <= ctx.now,
    });
    Ok(PhysicianPage {
        page: Page::new(ctx, row.title.clone()),
        trail: vec![Crumb::to("/trainings", "研修会をさがす")],
        outline: outline(ctx, shown),
        refusal: rules::check(&facts, ctx.now).err().map(|refusal| refusal.to_string()).unwrap_or_default(),
        seat,
        wait,
    })
}

fn wait_view(ctx: &Ctx, mine: Option<Mine>, people: u64, may_enter: bool) -> WaitView {
    let view = WaitView { people, may_enter, ..WaitView::default() };
    match mine {
        None => view,
        Some(Mine::Waits { signup, place }) => {
            let leave = format!("/signups/{signup}/cancellations");
            WaitView { place: format!("{place}番目"), leave, ..view }
        }
        Some(Mine::Offered { offer, until }) => {
            let offer = format!("/seat-offers/{}", token(&ctx.app, offer));
            WaitView { offer, until: day_time(until), ..view }
        }
    }
}

async fn office_page(ctx: &Ctx, shown: &Shown) -> Result<OfficePage, WebError> {
    let standing = &shown.standing;
    let row = &standing.row;
    // Comments of the deciding offices are between them and the host.
    let inside =
        access::training::may_edit(&ctx.actor, &standing.facts()).is_ok() || is_on_route(ctx, shown)?;
    let history = lists::history(ctx, standing.id()).await?;
    let (errors, hints) = match standing.state {
        State::Draft | State::Returned | State::Postponed => shown.draft()?.problems(ctx.today()),
        _ => (Vec::new(), Vec::new()),
    };
    let may_edit = access::training::may_edit(&ctx.actor, &standing.facts()).is_ok();
    let editable = State::EDITABLE.contains(&standing.state)
        || (standing.state == State::Approved && standing.phase(ctx.now) != Phase::Held);
    let log = history.iter().rev().map(log_view).collect();
    Ok(OfficePage {
        page: Page::new(ctx, row.title.clone()),
        trail: vec![Crumb::to("/trainings", "研修会")],
        outline: outline(ctx, shown),
        state: standing.state.label(),
        sentence: tracker::sentence(standing.state),
        steps: tracker::steps(ctx, standing, &history).await?,
        log: if inside { log } else { Vec::new() },
        note_to_approver: if inside { row.note_to_approver.clone() } else { String::new() },
        version: row.version.to_string(),
        decisions: standing.commands(ctx).into_iter().filter_map(decision).collect(),
        links: links(ctx, shown),
        next: next(ctx, shown),
        may_edit: may_edit && editable,
        may_copy: access::training::may_create(&ctx.actor, standing.host()).is_ok(),
        may_discard: may_edit && standing.state == State::Draft && history.is_empty(),
        errors,
        hints,
        problems: Problems::default(),
        comment: String::new(),
        inside,
    })
}

fn is_on_route(ctx: &Ctx, shown: &Shown) -> Result<bool, WebError> {
    let route = shown.standing.route(ctx.now)?;
    Ok(route.associations().any(|id| {
        ctx.actor
            .duties()
            .iter()
            .any(|held| held.at.host() == mamis_rules::association::Host::Association(id))
    }))
}

fn log_view(row: &mamis_schema::decision::Model) -> LogView {
    let word =
        |name: &str| name.parse::<State>().map_or_else(|_| name.to_owned(), |state| state.label().to_owned());
    let command =
        row.command.parse::<Command>().map_or_else(|_| row.command.clone(), |each| each.label().to_owned());
    LogView {
        at: day_time(row.decided_at),
        who: row.by_name.clone(),
        what: format!("{command}（{} → {}）", word(&row.from_state), word(&row.to_state)),
        note: row.comment.clone(),
    }
}

/// The commands that are given on this page; credits and reports have their own.
fn decision(command: Command) -> Option<DecisionView> {
    let (class, confirm) = match command {
        Command::Amend | Command::ReleaseCredits | Command::Report => return None,
        Command::Submit => ("button-primary", "この内容で申請します。よろしいですか。"),
        Command::Approve => ("button-primary", "承認します。よろしいですか。"),
        Command::Confirm => ("button-primary", "開催報告を確認済みにします。よろしいですか。"),
        Command::Withdraw | Command::WithdrawReport => ("", "取り下げます。よろしいですか。"),
        Command::Return | Command::ReturnReport => ("", ""),
        Command::Postpone => ("", "延期します。申し込んだ人にメールで知らせます。よろしいですか。"),
        Command::Reject => ("button-danger", "却下すると元に戻せません。却下しますか。"),
        Command::Cancel => {
            ("button-danger", "中止すると元に戻せません。申し込んだ人にメールで知らせます。中止しますか。")
        }
    };
    Some(DecisionView { command: command.name(), label: command.label(), class, confirm: confirm.to_owned() })
}

/// The command that has a page of its own, when it is the reader's turn.
fn next(ctx: &Ctx, shown: &Shown) -> Option<Crumb> {
    let id = shown.standing.id();
    let commands = shown.standing.commands(ctx);
    if commands.contains(&Command::ReleaseCredits) {
        return Some(Crumb::to(&format!("/trainings/{id}/attendance"), "出席を確認して単位を登録する"));
    }
    let report = commands.contains(&Command::Report);
    report.then(|| Crumb::to(&format!("/trainings/{id}/holding-report"), "開催報告を提出する"))
}

/// Pages of the day itself, for whoever may open them.
fn links(ctx: &Ctx, shown: &Shown) -> Vec<Crumb> {
    let standing = &shown.standing;
    let id = standing.id();
    let mut links = Vec::new();
    let held = State::AFTER_APPROVAL.contains(&standing.state);
    if held && access::attendance::sees(&ctx.actor, &standing.attendance_facts()) {
        links.push(Crumb::to(&format!("/trainings/{id}/attendance"), "申込者と出席"));
    }
    if standing.state == State::Approved
        && access::training::may_recruit(&ctx.actor, &standing.facts()).is_ok()
        && ctx.now < standing.row.starts_at
    {
        links.push(Crumb::to(&format!("/trainings/{id}/waiting-list"), "キャンセル待ち"));
    }
    if standing.state == State::Approved
        && access::training::may_receive(&ctx.actor, &standing.facts()).is_ok()
    {
        links.push(Crumb::to(&format!("/trainings/{id}/reception"), "当日の受付"));
    }
    let reported = matches!(standing.state, State::Reported | State::ReportConfirmed | State::Done);
    let files = standing.commands(ctx).contains(&Command::Report);
    if files || reported {
        links.push(Crumb::to(&format!("/trainings/{id}/holding-report"), "開催報告"));
    }
    links
}
