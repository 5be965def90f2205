//! The list of applications and the progress of one.

use super::forms::{PaperView, office_trail, paper, trail};
use super::{LogEntry, Reader, log};
use crate::ctx::{Ctx, see_other};
use crate::desk::list::Asked;
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::membership_application;
use crate::page::{Page, show};
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use mamis_app::application::draft::FeeMethod;
use mamis_app::application::lists::{self, Line, Progress};
use mamis_app::application::tracker::Step;
use mamis_app::application::{actions, advance::procedure};
use mamis_app::my::standing::Bar;
use mamis_rules::access::application::may_decide;
use mamis_rules::access::{Actor, Duty};
use mamis_rules::base::{ApplicationId, Day, Yen};
use mamis_rules::credit::{Kind, Scheme};
use mamis_rules::flow::Who;
use mamis_rules::flow::certification::{Circumstances, Command, Fee, Standing, State, UpperTier, commands};

#[derive(Template)]
#[template(path = "application/list.html")]
struct ListTemplate {
    page: Page,
    running: Vec<LineView>,
    finished: Vec<LineView>,
    beginnings: Vec<Beginning>,
}

/// What can be applied for.
struct Beginning {
    href: String,
    label: String,
}

struct LineView {
    href: String,
    title: String,
    number: String,
    state: &'static str,
    badge: &'static str,
    sentence: &'static str,
    nobody: String,
    desk: String,
    since: String,
    expected: String,
    begun: String,
}

/// The applications of the physician who asks; an office reads its own list.
pub async fn list(ctx: Ctx, asked: Query<Asked>) -> Result<Response, WebError> {
    let holds = |duty| ctx.actor.duties().iter().any(|held| held.duty == duty);
    if holds(Duty::Membership) && !holds(Duty::Certification) {
        return Ok(see_other("/membership-applications"));
    }
    let Some(physician) = ctx.actor.physician() else {
        return crate::desk::list::page(ctx, asked).await;
    };
    let (lines, expected) = lists::with_forecast(&ctx, physician).await?;
    let beginnings = lists::beginnings(&ctx, physician, &lines).await?;
    let (running, finished): (Vec<Line>, Vec<Line>) = lines.into_iter().partition(Line::is_running);
    let line = |row: &Line| line(row, expected.iter().find(|(id, _)| *id == row.id).map(|(_, day)| *day));
    show(&ListTemplate {
        page: Page::new(&ctx, "申請"),
        running: running.iter().map(line).collect(),
        finished: finished.iter().map(line).collect(),
        beginnings: beginnings.into_iter().map(beginning).collect(),
    })
}

fn beginning((scheme, kind): (Scheme, Kind)) -> Beginning {
    Beginning {
        href: format!("/applications/new?scheme={scheme}&kind={kind}"),
        label: format!("{}の申請", procedure(scheme.name(), kind.name())),
    }
}

fn line(line: &Line, expected_on: Option<Day>) -> LineView {
    let draft = line.submitted_at.is_none() && line.is_with_applicant();
    LineView {
        href: if draft {
            format!("/applications/{}/edit", line.id)
        } else {
            format!("/applications/{}", line.id)
        },
        title: line.title(),
        number: line.number.clone().unwrap_or_default(),
        state: line.state_label(),
        badge: line.badge(),
        sentence: line.sentence(),
        nobody: line.nobody(),
        desk: line.desk_name.clone().unwrap_or_default(),
        since: line.waiting_since.map(|at| Day::of(at).japanese()).unwrap_or_default(),
        expected: expected_on.map(Day::japanese).unwrap_or_default(),
        begun: Day::of(line.created_at).japanese(),
    }
}

#[derive(Template)]
#[template(path = "application/show.html")]
struct ShowTemplate {
    page: Page,
    view: View,
}

#[derive(Template)]
#[template(path = "application/office_show.html")]
struct OfficeShowTemplate {
    page: Page,
    view: View,
}

/// What physician and offices see alike.
struct View {
    trail: Vec<Crumb>,
    id: String,
    number: String,
    physician: String,
    state: &'static str,
    badge: &'static str,
    sentence: String,
    steps: Vec<Step>,
    expected: String,
    submitted: String,
    fee: String,
    handbook: String,
    on_behalf: String,
    remarks: String,
    bars: Vec<Bar>,
    /// What is claimed instead of credits.
    waived: String,
    missing: Vec<String>,
    provisional: bool,
    papers: Vec<PaperView>,
    log: Vec<LogEntry>,
    may_withdraw: bool,
    may_mend: bool,
    /// For the office whose turn it is.
    may_examine: bool,
    /// What the applicant hands in now, and where; empty when nothing is asked.
    to_hand_in: String,
    /// The certificate of an approved application; empty while there is none.
    certificate: String,
}

/// The progress of an application.
pub async fn page(ctx: Ctx, Path(id): Path<ApplicationId>) -> Result<Response, WebError> {
    if membership_application::is_one(&ctx, id).await? {
        return match &ctx.actor {
            Actor::Physician { .. } => membership_application::pages::page(&ctx, id).await,
            _ => Ok(see_other(&format!("/membership-applications/{id}"))),
        };
    }
    let progress = lists::progress(&ctx, id).await?;
    actions::note_look(&ctx, id, progress.found.row.physician.into()).await?;
    let title =
        format!("{}の申請", procedure(&progress.found.row.scheme, &progress.found.row.certification_kind));
    let view = view(&ctx, &progress);
    match &ctx.actor {
        Actor::Physician { .. } => show(&ShowTemplate { page: Page::new(&ctx, title), view }),
        _ => {
            let page = Page::new(&ctx, format!("{title}　{}", view.physician));
            show(&OfficeShowTemplate { page, view })
        }
    }
}

fn view(ctx: &Ctx, progress: &Progress) -> View {
    let Progress { found, tracker, standing, .. } = progress;
    let row = &found.row;
    let own = ctx.actor.physician().is_some();
    let allowed = if own { own_commands(found.state) } else { Vec::new() };
    View {
        trail: if own { trail() } else { office_trail() },
        id: row.id.to_string(),
        number: row.number.clone().unwrap_or_else(|| "まだありません".to_owned()),
        physician: progress.physician.clone(),
        state: found.state.label(),
        badge: super::badge(found.state),
        sentence: tracker.sentence.clone(),
        steps: tracker.steps.clone(),
        expected: tracker.expected_on.map(Day::japanese).unwrap_or_default(),
        submitted: row.submitted_at.map(mamis_app::decision::at).unwrap_or_default(),
        fee: fee(row),
        handbook: handbook(row),
        on_behalf: row.on_behalf_reason.clone().unwrap_or_default(),
        remarks: row.remarks.clone(),
        bars: standing.bars.clone(),
        waived: standing.waived.clone(),
        missing: standing.evaluation.missing.clone(),
        provisional: standing.evaluation.provisional,
        papers: progress.papers.iter().map(paper).collect(),
        log: log(&progress.history, &found.route, if own { Reader::Physician } else { Reader::Office }),
        may_withdraw: allowed.contains(&Command::Withdraw),
        may_mend: allowed.contains(&Command::Resubmit),
        may_examine: may_decide(&ctx.actor, &found.facts).is_ok(),
        to_hand_in: if own { to_hand_in(found) } else { String::new() },
        certificate: certificate(progress),
    }
}

/// The first office waits for the originals and the fee.
fn to_hand_in(found: &lists::Found) -> String {
    let row = &found.row;
    let first = found.route.first().filter(|stop| Some(stop.association.into()) == row.desk);
    let Some(first) = first.filter(|_| State::UNDER_WAY.contains(&found.state)) else { return String::new() };
    let by_transfer = FeeMethod::read(&row.fee_method) == Some(FeeMethod::Transfer);
    let open = [
        ("手帳などの原本", row.handbook_received_on.is_none()),
        ("審査登録料", row.fee_received_on.is_none() && !by_transfer),
    ];
    let open: Vec<_> = open.into_iter().filter(|(_, asked)| *asked).map(|(thing, _)| thing).collect();
    if open.is_empty() {
        return String::new();
    }
    format!("次にすること：{}を、{}へお出しください。", open.join("と"), first.name)
}

fn certificate(progress: &Progress) -> String {
    let held = progress.evidence.held_in(progress.found.scheme);
    let issued = held.filter(|_| progress.found.state == State::Approved).and_then(|held| held.certificate);
    issued.map(|id| format!("/documents/{id}.pdf")).unwrap_or_default()
}

/// What the applicant can do now; no condition stands before any of it.
fn own_commands(state: State) -> Vec<Command> {
    let circumstances =
        Circumstances { standing: Standing::Member, fee: Fee::Settled, upper: UpperTier::Untouched };
    commands(state, Who::Applicant, circumstances)
}

fn fee(row: &mamis_schema::application::Model) -> String {
    let method = FeeMethod::read(&row.fee_method).map_or("納め方は未定", FeeMethod::label);
    match row.fee_received_on {
        Some(day) => format!("{}（{}に受領）", Yen(row.fee), Day::from(day).japanese()),
        None => format!("{}（{method}。まだ受領していません）", Yen(row.fee)),
    }
}

fn handbook(row: &mamis_schema::application::Model) -> String {
    let day = |day: chrono::NaiveDate| Day::from(day).japanese();
    match (row.handbook_received_on, row.handbook_returned_on) {
        (_, Some(returned)) => format!("{}に返却しました", day(returned)),
        (Some(received), None) => format!("{}に受け取りました", day(received)),
        (None, None) => "まだ受け取っていません".to_owned(),
    }
}
