//! Trainings with their sessions, credit lines and history, stepped through the real workflow.

use super::Seed;
use super::chance::at;
use super::offices::{At, Officer};
use super::programmes::Programme;
use super::reference::address_of;
use crate::error::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use mamis_rules::access::Duty;
use mamis_rules::association::{Prefecture, Tier};
use mamis_rules::base::{Day, FiscalYear, search_key};
use mamis_rules::flow::training_approval::{
    self as flow, ApprovalPath, Circumstances, Command, Holding, HoldingReport, HostTier, State,
};
use mamis_rules::flow::{Desk, Who};
use mamis_schema::{credit_line, decision, holding_report, training, training_session};
use uuid::Uuid;

/// What decides a training's rows.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) at: At,
    pub(super) programme: &'static Programme,
    pub(super) day: Day,
    /// Hour and minute of the first session.
    pub(super) start: (u32, u32),
    pub(super) capacity: i32,
    pub(super) state: State,
    /// Days before the day at which the office submitted it.
    pub(super) lead: i64,
}

/// A written training as the rest of the seed asks about it.
#[derive(Clone, Debug)]
pub(super) struct Training {
    pub(super) id: Uuid,
    pub(super) at: At,
    pub(super) programme: &'static Programme,
    pub(super) title: String,
    pub(super) host_name: String,
    pub(super) prefecture: i32,
    pub(super) state: State,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) ends_at: DateTime<Utc>,
    pub(super) recruits_from: DateTime<Utc>,
    pub(super) recruits_until: DateTime<Utc>,
    pub(super) capacity: i32,
    pub(super) lines: Vec<Line>,
    pub(super) released_at: DateTime<Utc>,
    pub(super) done_at: DateTime<Utc>,
    pub(super) reported_at: DateTime<Utc>,
}

impl Training {
    /// Whether the credits have been released.
    pub(super) fn has_credits(&self) -> bool {
        matches!(self.state, State::CreditsReleased | State::Reported | State::ReportConfirmed | State::Done)
    }
}

/// A credit line with the day it is earned on.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) row: credit_line::Model,
    pub(super) title: String,
    pub(super) earned_on: Day,
}

/// The host in the words of the table.
struct Host {
    association: Option<Uuid>,
    organizer: Option<Uuid>,
    prefecture: Option<i32>,
    name: String,
    town: String,
    tier: Option<Tier>,
}

fn host(seed: &Seed, at: At) -> Host {
    match at {
        At::Body(body) => {
            let facts = &seed.bodies.all[body];
            Host {
                association: Some(facts.id),
                organizer: None,
                prefecture: facts.prefecture,
                name: facts.name.clone(),
                town: facts.town().to_owned(),
                tier: facts.tier.parse().ok(),
            }
        }
        At::Organizer(number) => {
            let facts = &seed.bodies.organizers[number];
            Host {
                association: None,
                organizer: Some(facts.id),
                prefecture: Some(facts.prefecture),
                name: facts.name.clone(),
                town: if facts.prefecture == 13 { "千代田区" } else { "横浜市" }.to_owned(),
                tier: None,
            }
        }
    }
}

/// The state a training of that day has reached when every office acts in its usual time.
pub(super) fn usual_state(seed: &Seed, at: At, day: Day, programme: &Programme) -> State {
    let tier = HostTier::of(host(seed, at).tier);
    match (day.days_until(seed.today), programme.needs_report()) {
        (30.., _) | (6.., false) => State::Done,
        (18.., true) => State::ReportConfirmed,
        // From the prefectural tier up the report goes straight to the national association.
        (10.., true) if tier == HostTier::BelowPrefectural => State::Reported,
        (10.., true) => State::ReportConfirmed,
        (6.., true) => State::CreditsReleased,
        _ => State::Approved,
    }
}

/// Writes a training with its history.
///
/// # Errors
/// A fault when the plan's state cannot be reached by the workflow.
pub(super) fn add(seed: &mut Seed, plan: &Plan) -> Result<Training> {
    let host = host(seed, plan.at);
    let id = seed.ids.next();
    let year = FiscalYear::of(plan.day).0;
    let number = seed.counts.trainings.entry(year).or_insert(0);
    *number += 1;
    let number = *number;
    let (sessions, lines) = sessions(seed, plan, id, &host);
    let (Some(first), Some(last)) = (sessions.first(), sessions.last()) else {
        return Err(Error::fault("seed: a programme without talks"));
    };
    let released = plan.day.plus_days(5);
    let training = Training {
        id,
        at: plan.at,
        programme: plan.programme,
        title: match plan.at {
            At::Organizer(_) => plan.programme.title.to_owned(),
            At::Body(_) => format!("{} {}", host.name, plan.programme.title),
        },
        host_name: host.name.clone(),
        prefecture: host.prefecture.unwrap_or(13),
        state: plan.state,
        starts_at: first.starts_at,
        ends_at: last.ends_at,
        recruits_from: at(plan.day.plus_days(-(plan.lead - 22).clamp(7, 60)), 10, 0),
        recruits_until: at(plan.day.plus_days(-3), 17, 0),
        capacity: plan.capacity,
        lines,
        released_at: at(released, 14, 0),
        reported_at: at(plan.day.plus_days(8), 11, 0),
        done_at: at(if plan.programme.needs_report() { plan.day.plus_days(25) } else { released }, 14, 0),
    };
    let history = history(seed, plan, &training, &host)?;
    row(seed, plan, &training, &host, &sessions, (year, number), &history);
    seed.rows.credit_lines.extend(training.lines.iter().map(|line| line.row.clone()));
    seed.rows.training_sessions.extend(sessions);
    seed.rows.decisions.extend(history);
    Ok(training)
}

/// Who speaks, made up.
const LECTURERS: &[&str] = &[
    "労働衛生コンサルタント 秋山 俊",
    "大学公衆衛生学 教授 三枝 文",
    "産業医事務所 所長 水谷 徹",
    "健診センター長 真鍋 優子",
    "精神科 部長 小暮 新",
    "労働基準監督署 署長 八木 守",
];

/// When the last talk of a day is over, in minutes after midnight.
pub(super) const LATEST: i64 = 21 * 60 + 30;

/// Minutes between two talks.
const BREAK: i64 = 10;

/// How long a programme takes without a night in between.
pub(super) fn minutes(programme: &Programme) -> i64 {
    programme.talks.iter().map(|talk| talk.minutes + BREAK).sum::<i64>() - BREAK
}

/// Talks one after the other, with a break between two; a long programme goes on next morning.
fn sessions(
    seed: &mut Seed,
    plan: &Plan,
    id: Uuid,
    host: &Host,
) -> (Vec<training_session::Model>, Vec<Line>) {
    let (mut sessions, mut lines) = (Vec::new(), Vec::new());
    let (mut day, mut starts_at) = (plan.day, at(plan.day, plan.start.0, plan.start.1));
    for (position, talk) in (0..).zip(plan.programme.talks) {
        if starts_at + TimeDelta::minutes(talk.minutes) > at(day, 0, 0) + TimeDelta::minutes(LATEST) {
            day = day.next();
            starts_at = at(day, 9, 0);
        }
        let session = training_session::Model {
            id: seed.ids.next(),
            training: id,
            position,
            title: talk.title.to_owned(),
            lecturer: format!("{}（{}）", seed.chance.pick(LECTURERS), host.town),
            starts_at,
            ends_at: starts_at + TimeDelta::minutes(talk.minutes),
        };
        let mut line =
            |seed: &mut Seed, scheme: &str, course: &str, category: &str, item: &str, code, amount| {
                lines.push(Line {
                    row: credit_line::Model {
                        id: seed.ids.next(),
                        training_session: session.id,
                        training: id,
                        scheme: scheme.to_owned(),
                        course: course.to_owned(),
                        category: category.to_owned(),
                        item: item.to_owned(),
                        curriculum_code: code,
                        amount,
                    },
                    title: talk.title.to_owned(),
                    earned_on: day,
                });
            };
        let scheme = plan.programme.scheme;
        if scheme != "cme" {
            // 60 minutes are one credit [pub].
            line(seed, scheme, talk.course, talk.category, talk.item, None, talk.minutes * 100 / 60);
        }
        if let Some(code) = talk.code {
            // cme counts in steps of 30 minutes, half a credit each [pub].
            line(seed, "cme", "", "", "", Some(code), talk.minutes / 30 * 50);
        }
        starts_at = session.ends_at + TimeDelta::minutes(BREAK);
        sessions.push(session);
    }
    (sessions, lines)
}

/// Table: the columns of a training.
fn row(
    seed: &mut Seed,
    plan: &Plan,
    training: &Training,
    host: &Host,
    sessions: &[training_session::Model],
    (year, number): (i32, i64),
    history: &[decision::Model],
) {
    let practical = plan.programme.is_practical();
    let (mode, venue, venue_address) = place(plan, host, training.prefecture, number);
    let created_at = at(plan.day.plus_days(-plan.lead - 6), 15, 0).min(seed.began);
    let lecturers: Vec<&str> = sessions.iter().map(|session| session.lecturer.as_str()).collect();
    let titles: Vec<&str> = sessions.iter().map(|session| session.title.as_str()).collect();
    let words = [plan.programme.summary, &venue, &titles.join(" "), &lecturers.join(" ")].join(" ");
    let desk = desk(seed, training);
    let approved = history.iter().rfind(|decision| decision.to_state == State::Approved.name());
    seed.rows.trainings.push(training::Model {
        id: training.id,
        number: format!("T{year}-{number:06}"),
        host_association: host.association,
        host_organizer: host.organizer,
        host_prefecture: host.prefecture,
        host_name: host.name.clone(),
        scheme: plan.programme.scheme.to_owned(),
        title: training.title.clone(),
        summary: plan.programme.summary.to_owned(),
        search_key: search_key(&format!("{} {words}", training.title)),
        state: training.state.name().to_owned(),
        desk,
        waiting_since: (flow::desk(training.state) != Desk::Nobody)
            .then(|| history.last().map_or(created_at, |decision| decision.decided_at)),
        mode: mode.to_owned(),
        venue,
        venue_address,
        prefecture: training.prefecture,
        starts_at: training.starts_at,
        ends_at: training.ends_at,
        held_on: plan.day.date(),
        recruits_from: training.recruits_from,
        recruits_until: training.recruits_until,
        capacity: plan.capacity,
        fee_member: if practical { 2_000 } else { 0 },
        fee_non_member: if practical { 4_000 } else { 1_000 },
        contact: format!("{} 研修担当", host.name),
        audience: audience(plan.programme).to_owned(),
        note_to_approver: String::new(),
        flyer: None,
        offers: offers(&training.lines),
        approved_on: approved.map(|decision| Day::of(decision.decided_at).date()),
        created_at,
        created_by: officer(seed, training.at).map(|officer| officer.account),
        version: 1 + history.len() as i64,
    });
}

/// Mode, venue and address.
fn place(plan: &Plan, host: &Host, prefecture: i32, number: i64) -> (&'static str, String, String) {
    let lecture = matches!(plan.programme.scheme, "cme" | "specialist_common");
    if lecture && number % 4 == 0 {
        return ("web", "オンライン（接続先はメールでお知らせします）".to_owned(), String::new());
    }
    let venue = match (plan.programme.is_practical(), lecture) {
        (true, _) => format!("みのり食品 {}工場（正門に集合）", host.town),
        (false, true) => format!("{}地域医療センター 講堂", host.town),
        (false, false) => format!("{}医師会館 3階ホール", host.town),
    };
    let town = if host.tier.is_none_or(|tier| !tier.is_above(Tier::Municipal)) { &host.town } else { "" };
    let town = address_of(Prefecture::name_of(prefecture), town);
    let address = format!("{town}港町{}番地", number % 90 + 1);
    (if lecture && number % 4 == 1 { "hybrid" } else { "venue" }, venue, address)
}

fn audience(programme: &Programme) -> &'static str {
    match (programme.scheme, programme.is_basic()) {
        ("occupational_physician", true) => "認定産業医の資格取得を希望する医師",
        ("occupational_physician", false) => "認定産業医",
        ("sports_physician", _) => "健康スポーツ医、資格取得を希望する医師",
        _ => "医師",
    }
}

/// What a training gives, for search: `|scheme/course/category|…|`.
pub(super) fn offers(lines: &[Line]) -> String {
    let mut items: Vec<String> = Vec::new();
    for Line { row, .. } in lines {
        let item = format!("{}/{}/{}", row.scheme, row.course, row.category);
        if !items.contains(&item) {
            items.push(item);
        }
    }
    format!("|{}|", items.join("|"))
}

fn officer(seed: &Seed, at: At) -> Option<&Officer> {
    seed.offices.of(at, Duty::Training)
}

/// The office above at that tier.
fn above(seed: &Seed, training: &Training, tier: Tier) -> Option<usize> {
    match tier {
        Tier::National => Some(0),
        _ => seed.bodies.prefectural(training.prefecture).ok(),
    }
}

fn desk(seed: &Seed, training: &Training) -> Option<Uuid> {
    let body = match (flow::desk(training.state), training.at) {
        (Desk::Tier(tier), _) => above(seed, training, tier),
        (Desk::Host, At::Body(body)) => Some(body),
        (Desk::Host | Desk::Applicant | Desk::Former | Desk::Nobody, _) => None,
    };
    body.map(|body| seed.bodies.all[body].id)
}

/// The commands that lead to the state, with the day on which each was given.
fn commands(plan: &Plan, tier: HostTier) -> Vec<(Command, Who, Day)> {
    use Command as C;
    let (prefectural, national) = (Who::Office(Tier::Prefectural), Who::Office(Tier::National));
    let goes_national = plan.programme.goes_national();
    let before = |days: i64| plan.day.plus_days(days - plan.lead);
    let after = |days: i64| plan.day.plus_days(days);
    let submit = (C::Submit, Who::Host, before(0));
    let pass = (C::Approve, prefectural, before(8));
    let approve = if goes_national || tier == HostTier::National {
        (C::Approve, national, before(17))
    } else {
        (C::Approve, prefectural, before(8))
    };
    let mut path = vec![submit];
    if tier == HostTier::BelowPrefectural && goes_national {
        path.push(pass);
    }
    match plan.state {
        State::Draft => path.clear(),
        State::PrefecturalReview => path.truncate(1),
        State::NationalReview => {}
        State::Returned => {
            path.truncate(1);
            path.push((C::Return, prefectural, before(5)));
        }
        State::Rejected => path.push((C::Reject, national, before(14))),
        _ => path.push(approve),
    }
    match plan.state {
        State::Postponed => path.push((C::Postpone, Who::Host, before(30))),
        State::Cancelled => path.push((C::Cancel, Who::Host, before(30))),
        State::CreditsReleased | State::Reported | State::ReportConfirmed | State::Done => {
            path.push((C::ReleaseCredits, Who::Host, after(5)));
            if plan.programme.needs_report() {
                path.push((C::Report, Who::Host, after(8)));
                if tier == HostTier::BelowPrefectural {
                    path.push((C::Confirm, prefectural, after(14)));
                }
                path.push((C::Confirm, national, after(25)));
            }
        }
        _ => {}
    }
    path
}

fn history(seed: &mut Seed, plan: &Plan, training: &Training, host: &Host) -> Result<Vec<decision::Model>> {
    let tier = HostTier::of(host.tier);
    let needs_report = plan.programme.needs_report();
    let goes_national = plan.programme.goes_national();
    let mut state = State::Draft;
    let mut rows = Vec::new();
    for (command, who, day) in commands(plan, tier) {
        if state == plan.state {
            break;
        }
        let circumstances = Circumstances {
            host: tier,
            path: if goes_national { ApprovalPath::ToNational } else { ApprovalPath::ToPrefectural },
            report: if needs_report { HoldingReport::Needed } else { HoldingReport::NotNeeded },
            holding: if day > plan.day { Holding::Ended } else { Holding::Ahead },
        };
        let step = flow::step(state, command, who, circumstances).map_err(Error::fault)?;
        let office = match who {
            Who::Office(tier) => above(seed, training, tier).map(At::Body),
            Who::Host | Who::Applicant | Who::Former => Some(plan.at),
        };
        let officer = office.and_then(|at| officer(seed, at)).cloned();
        rows.push(decision::Model {
            id: seed.ids.next(),
            application: None,
            training: Some(training.id),
            command: command.name().to_owned(),
            from_state: state.name().to_owned(),
            to_state: step.to.name().to_owned(),
            association: match office {
                Some(At::Body(body)) => Some(seed.bodies.all[body].id),
                Some(At::Organizer(_)) | None => None,
            },
            account: officer.as_ref().map(|officer| officer.account),
            by_name: officer.map_or_else(|| host.name.clone(), |officer| officer.name),
            comment: comment(command).to_owned(),
            batch: None,
            decided_at: at(day, 10 + rows.len() as u32, 20),
        });
        state = step.to;
    }
    if state == plan.state {
        Ok(rows)
    } else {
        Err(Error::fault(format!("seed: {:?} leads to {state}", plan)))
    }
}

fn comment(command: Command) -> &'static str {
    match command {
        Command::Return => "講師の略歴を「承認する医師会へ」の連絡事項に書き足してください。",
        Command::Reject => "演題の内容が認定産業医制度の研修の範囲を超えています。",
        Command::Postpone => "講師の都合により延期します。",
        Command::Cancel => "会場が使えなくなったため中止します。",
        _ => "",
    }
}

/// Files the holding report, as far as the training has come.
pub(super) fn report(seed: &mut Seed, training: &Training, attendees: i32, members: i32) {
    let reported = matches!(training.state, State::Reported | State::ReportConfirmed | State::Done);
    let Some(officer) = officer(seed, training.at).map(|officer| officer.account) else { return };
    if reported && training.programme.needs_report() {
        let id = seed.ids.next();
        seed.rows.holding_reports.push(holding_report::Model {
            id,
            training: training.id,
            attendees,
            members,
            remarks: String::new(),
            reported_by: officer,
            reported_at: training.reported_at,
            version: 1,
        });
    }
}
