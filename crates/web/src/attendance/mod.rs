//! Attendance, credits and the holding report.

use crate::ctx::Ctx;
use crate::desk::list::attachment;
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use crate::training::{day_time, instant};
use askama::Template;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use mamis_app::attendance::actions::{self, Correction, Report, Settle};
use mamis_app::attendance::export;
use mamis_app::attendance::lists::{self, Attendee, Register};
use mamis_app::attendance::print;
use mamis_app::decision::clock_time;
use mamis_app::{Error, Problem};
use mamis_rules::access;
use mamis_rules::attendance::Span;
use mamis_rules::base::{Day, PhysicianId, TrainingId};
use mamis_rules::flow::training_approval::{Command, State};
use mamis_rules::signup as rules;
use mamis_schema::training_session;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "attendance/list.html")]
struct ListPage {
    page: Page,
    trail: Vec<Crumb>,
    id: TrainingId,
    title: String,
    when: String,
    state: &'static str,
    people: Vec<PersonView>,
    sessions: Vec<String>,
    signed_up: usize,
    present: usize,
    open: usize,
    may_correct: bool,
    /// Seats can still be given back.
    may_cancel: bool,
    csv: String,
    /// Where the host finds the attendance certificates; empty for everybody else.
    certificates: String,
    /// The button is offered.
    may_release: bool,
    /// Why it cannot be pressed yet; empty when it can.
    blocked: String,
    version: String,
    /// The rule about coming late and leaving early, one sentence for each that differs.
    allowed: Vec<String>,
    problems: Problems,
    remark: String,
}

struct PersonView {
    id: Uuid,
    /// Where the seat is given back; empty when there is none.
    cancel: String,
    name: String,
    kana: String,
    number: String,
    signup: String,
    came: String,
    left: String,
    /// When somebody was out in between.
    away: Vec<String>,
    /// Presence at each session, with the kind of its badge.
    presence: Vec<(&'static str, &'static str)>,
    remark: String,
    open: bool,
}

fn time(at: Option<DateTime<Utc>>) -> String {
    at.map(clock_time).unwrap_or_default()
}

fn away(person: &Attendee) -> Vec<String> {
    let gap = |pair: &[Span]| format!("{}〜{}", time(pair[0].until), time(pair[1].from));
    person.stays.windows(2).map(gap).collect()
}

fn person(register: &Register, person: &Attendee, now: DateTime<Utc>) -> PersonView {
    let (standing, sessions) = (&register.shown.standing, &register.shown.sessions);
    PersonView {
        id: person.physician,
        cancel: person.signup.map(|id| format!("/signups/{id}/cancellations/new")).unwrap_or_default(),
        name: person.name(),
        kana: person.kana(),
        number: person.registry_number.clone().unwrap_or_default(),
        signup: person.order_number.map_or_else(|| "申込みなし".to_owned(), |order| format!("{order}番")),
        came: time(person.in_at),
        left: time(person.out_at),
        away: away(person),
        presence: sessions
            .iter()
            .map(|session| {
                if now < session.starts_at {
                    return ("これから", "neutral");
                }
                let presence = person.at(standing, session);
                let kind = match (presence.earns(), presence.is_open()) {
                    (true, _) => "success",
                    (_, true) => "warning",
                    _ => "neutral",
                };
                (presence.label(), kind)
            })
            .collect(),
        remark: person.remark.clone().unwrap_or_default(),
        open: person.is_open(standing, sessions),
    }
}

/// The attendees.
pub async fn page(ctx: Ctx, Path(id): Path<TrainingId>) -> Result<Response, WebError> {
    let register = lists::register(&ctx, id).await?;
    show(&list_page(&ctx, &register))
}

/// The same list as CSV for Excel.
pub async fn comma_separated(ctx: Ctx, Path(id): Path<TrainingId>) -> Result<Response, WebError> {
    let register = lists::register(&ctx, id).await?;
    let name = format!("申込者と出席_{}.csv", register.shown.standing.row.number);
    let bytes = export::comma_separated(&ctx, &register).await?;
    Ok(attachment("text/csv; charset=utf-8", &name, bytes))
}

fn list_page(ctx: &Ctx, register: &Register) -> ListPage {
    let standing = &register.shown.standing;
    let id = standing.id();
    let begun = standing.state == State::Approved && ctx.now >= standing.row.starts_at;
    let host = access::attendance::may_correct(&ctx.actor, &standing.attendance_facts()).is_ok();
    let open = register.open();
    let blocked = match (ctx.now < standing.row.ends_at, open) {
        (true, _) => format!("研修会が終わってから登録できます（{}まで）。", day_time(standing.row.ends_at)),
        (_, 1..) => format!("入室または退室の記録がない人が{open}名います。出席か欠席かを決めてください。"),
        _ => String::new(),
    };
    ListPage {
        page: Page::new(ctx, "申込者と出席"),
        trail: vec![
            Crumb::to("/trainings", "研修会"),
            Crumb::to(&format!("/trainings/{id}"), &standing.row.title),
        ],
        id,
        title: standing.row.title.clone(),
        when: day_time(standing.row.starts_at),
        state: standing.state.label(),
        people: register.people.iter().map(|each| person(register, each, ctx.now)).collect(),
        sessions: register.shown.sessions.iter().map(|session| session.title.clone()).collect(),
        signed_up: register.people.iter().filter(|person| person.order_number.is_some()).count(),
        present: register.present(),
        open,
        may_correct: host && begun,
        may_cancel: host && rules::check_cancel_by_host(standing.held(), ctx.now).is_ok(),
        csv: format!("/trainings/{id}/attendance.csv"),
        certificates: if host { format!("/trainings/{id}/attendance-certificates") } else { String::new() },
        may_release: host && standing.state == State::Approved,
        blocked,
        version: standing.row.version.to_string(),
        allowed: allowed(register),
        problems: Problems::default(),
        remark: String::new(),
    }
}

/// The rule of each session, said once where all have the same.
fn allowed(register: &Register) -> Vec<String> {
    let of = |session: &training_session::Model| register.shown.standing.allowed(session.id);
    let sessions = &register.shown.sessions;
    match sessions.split_first() {
        Some((first, rest)) if rest.iter().any(|session| of(session) != of(first)) => sessions
            .iter()
            .map(|session| format!("「{}」は、{}", session.title, of(session).words()))
            .collect(),
        Some((first, _)) => vec![of(first).words()],
        None => Vec::new(),
    }
}

/// Settles several people.
pub async fn settle(ctx: Ctx, Path(id): Path<TrainingId>, fields: Fields) -> Result<Response, WebError> {
    let people: Vec<PhysicianId> = fields.all("id").filter_map(|id| id.parse().ok()).collect();
    let how = if fields.text("act") == "absent" { Settle::Absent } else { Settle::Present };
    match actions::settle(&ctx, id, how, &people, fields.text("remark")).await {
        Ok(count) => {
            Ok(ctx.done(&format!("/trainings/{id}/attendance"), &format!("{count}名の出席を直しました。")))
        }
        Err(Error::Invalid(problems)) => {
            let register = lists::register(&ctx, id).await?;
            let mut page = list_page(&ctx, &register);
            page.problems = Problems(problems);
            page.remark = fields.text("remark").to_owned();
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "attendance/edit.html")]
struct EditPage {
    page: Page,
    trail: Vec<Crumb>,
    action: String,
    name: String,
    kana: String,
    day: String,
    in_at: String,
    out_at: String,
    remark: String,
    version: String,
    problems: Problems,
}

/// One person's times.
pub async fn edit(
    ctx: Ctx,
    Path((id, physician)): Path<(TrainingId, PhysicianId)>,
) -> Result<Response, WebError> {
    show(&edit_page(&ctx, id, physician).await?)
}

async fn edit_page(ctx: &Ctx, id: TrainingId, physician: PhysicianId) -> Result<EditPage, WebError> {
    let (shown, person) = lists::one(ctx, id, physician).await?;
    let list = format!("/trainings/{id}/attendance");
    let row = &shown.standing.row;
    Ok(EditPage {
        page: Page::new(ctx, format!("{}さんの出席を直す", person.name())),
        trail: vec![Crumb::to(&format!("/trainings/{id}"), &row.title), Crumb::to(&list, "申込者と出席")],
        action: format!("/trainings/{id}/attendances/{physician}"),
        name: person.name(),
        kana: person.kana(),
        day: Day::of(person.in_at.unwrap_or(row.starts_at)).to_string(),
        in_at: time(person.in_at),
        out_at: time(person.out_at),
        remark: person.remark.clone().unwrap_or_default(),
        version: person.version.unwrap_or(0).to_string(),
        problems: Problems::default(),
    })
}

/// Corrects one person's times.
pub async fn correct(
    ctx: Ctx,
    Path((id, physician)): Path<(TrainingId, PhysicianId)>,
    fields: Fields,
) -> Result<Response, WebError> {
    let result = match correction(&fields) {
        Ok(correction) => actions::correct(&ctx, id, physician, correction).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match result {
        Ok(()) => Ok(ctx.done(&format!("/trainings/{id}/attendance"), "出席を直しました。")),
        Err(Error::Invalid(problems)) => {
            let mut page = edit_page(&ctx, id, physician).await?;
            page.problems = Problems(problems);
            let text = |name: &str| fields.text(name).to_owned();
            (page.in_at, page.out_at, page.remark, page.version) =
                (text("in_at"), text("out_at"), text("remark"), text("version"));
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

fn correction(fields: &Fields) -> Result<Correction, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut at = |name: &str| {
        let text = fields.text(name);
        if text.is_empty() {
            return None;
        }
        let read = instant(fields.text("day"), text);
        if read.is_none() {
            problems.push(Problem::at(name, "時刻を 13:05 のように入力してください。"));
        }
        read
    };
    let (in_at, out_at) = (at("in_at"), at("out_at"));
    let remark = fields.required("remark", "理由を入力してください。記録に残ります。", &mut problems);
    let version = fields.text("version").parse().unwrap_or(0);
    if problems.is_empty() { Ok(Correction { in_at, out_at, remark, version }) } else { Err(problems) }
}

/// Releases the credits.
pub async fn release(ctx: Ctx, Path(id): Path<TrainingId>, fields: Fields) -> Result<Response, WebError> {
    let version = fields.text("version").parse().unwrap_or(0);
    let count = actions::release(&ctx, id, version).await?;
    let text = format!("{count}件の単位を登録し、受講者にメールで知らせました。");
    Ok(ctx.done(&format!("/trainings/{id}"), &text))
}

#[derive(Template)]
#[template(path = "attendance/holding_report.html")]
struct ReportPage {
    page: Page,
    trail: Vec<Crumb>,
    id: TrainingId,
    title: String,
    host: String,
    attendees: String,
    members: String,
    remarks: String,
    version: String,
    /// Whether it can be filed now.
    may_file: bool,
    reported: String,
    problems: Problems,
}

/// The holding report: to be filed by the host, to be read by the offices above.
pub async fn report(ctx: Ctx, Path(id): Path<TrainingId>) -> Result<Response, WebError> {
    show(&report_page(&ctx, id).await?)
}

async fn report_page(ctx: &Ctx, id: TrainingId) -> Result<ReportPage, WebError> {
    let shown = mamis_app::training::lists::show(ctx, id).await?;
    let standing = &shown.standing;
    if !access::attendance::sees(&ctx.actor, &standing.attendance_facts()) {
        return Err(Error::NotFound.into());
    }
    let filed = lists::report(ctx, id).await?;
    let heads = lists::heads(ctx, standing).await?;
    Ok(ReportPage {
        page: Page::new(ctx, "開催報告"),
        trail: vec![
            Crumb::to("/trainings", "研修会"),
            Crumb::to(&format!("/trainings/{id}"), &standing.row.title),
        ],
        id,
        title: standing.row.title.clone(),
        host: standing.row.host_name.clone(),
        attendees: filed.as_ref().map_or(heads.attendees, |report| report.attendees).to_string(),
        members: filed.as_ref().map_or(heads.members, |report| report.members).to_string(),
        remarks: filed.as_ref().map(|report| report.remarks.clone()).unwrap_or_default(),
        version: standing.row.version.to_string(),
        may_file: standing.commands(ctx).contains(&Command::Report),
        reported: filed.map(|report| day_time(report.reported_at)).unwrap_or_default(),
        problems: Problems::default(),
    })
}

/// The filed report as PDF, to read, to print or to keep.
pub async fn report_pdf(ctx: Ctx, Path(id): Path<TrainingId>) -> Result<Response, WebError> {
    let told = lists::told(&ctx, id).await?;
    let bytes = print::pdf(&ctx, &told).await?;
    Ok(([(header::CONTENT_TYPE, "application/pdf")], bytes).into_response())
}

/// Files it.
pub async fn file_report(ctx: Ctx, Path(id): Path<TrainingId>, fields: Fields) -> Result<Response, WebError> {
    let number = |name: &str| {
        fields
            .text(name)
            .parse::<i32>()
            .map_err(|_| vec![Problem::at(name, "人数を数字で入力してください。")])
    };
    let read = || -> Result<Report, Vec<Problem>> {
        let remarks = fields.text("remarks").to_owned();
        Ok(Report { attendees: number("attendees")?, members: number("members")?, remarks })
    };
    let version = fields.text("version").parse().unwrap_or(0);
    let result = match read() {
        Ok(report) => actions::report(&ctx, id, version, report).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match result {
        Ok(()) => Ok(ctx.done(&format!("/trainings/{id}"), "開催報告を提出しました。")),
        Err(Error::Invalid(problems)) => {
            let mut page = report_page(&ctx, id).await?;
            page.problems = Problems(problems);
            let text = |name: &str| fields.text(name).to_owned();
            (page.attendees, page.members, page.remarks) =
                (text("attendees"), text("members"), text("remarks"));
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}
