//! Applications for certification at every stage, stepped through the real workflow.

use super::Seed;
use super::attendance::link;
use super::chance::{at, workday_before};
use super::meetings::{Batches, put, submit};
use super::offices::{At, Officer};
use super::paper::{self, Compared, Ledger};
use super::people::{Certified, Person};
use super::reference::OCCUPATIONAL;
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use mamis_rules::access::Duty;
use mamis_rules::association::Tier;
use mamis_rules::base::{Day, FiscalYear, Period};
use mamis_rules::credit::{Waiver, WaiverKind};
use mamis_rules::flow::certification::{
    self as flow, Circumstances, Command, Fee, Standing, State, UpperTier,
};
use mamis_rules::flow::route::Side;
use mamis_rules::flow::{Desk, Who};
use mamis_schema::{application, certification, decision, examination};
use uuid::Uuid;

/// What decides an application's rows.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) state: State,
    /// How many board rhythms ago it was approved; zero for what is under way.
    pub(super) generation: i64,
    pub(super) remarks: &'static str,
    /// The comment of a return or rejection.
    pub(super) comment: &'static str,
    /// Whether the declared credits are enough: an office must also have something to find.
    pub(super) credits: Credits,
}

/// Whether the credits suffice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credits {
    Enough,
    PracticalMissing,
    AsTheyAre,
}

impl Case {
    /// The usual case in a state.
    pub(super) fn in_state(state: State) -> Self {
        let comment = match state {
            State::ReturnedByMunicipal | State::ReturnedByPrefectural | State::ReturnedByNational => {
                "単位シールの写真が不鮮明で、番号を確認できません。撮り直して再申請してください。"
            }
            State::Rejected => "有効期間内の単位が不足しているため、認定できません。",
            State::Withdrawn => "勤務先の変更に伴い、次回に申請します。",
            _ => "",
        };
        Self { state, generation: 0, remarks: "", comment, credits: Credits::Enough }
    }
}

/// Days ago at which the prefectural batch goes up when an application in this state moves in the
/// usual rhythm: municipal board 34 days before, national committee 34 and board 45 days after.
/// Board days are the same for all applications of an office, so that they share batches.
const fn rhythm(case: &Case) -> i64 {
    match case.state {
        State::Draft | State::MunicipalExamination => -46,
        State::MunicipalBoard => -36,
        State::ReturnedByMunicipal => -34,
        State::MunicipalDecided => -31,
        State::PrefecturalExamination => -12,
        State::PrefecturalBoard => -4,
        State::ReturnedByPrefectural => -2,
        State::PrefecturalDecided => 2,
        State::NationalExamination => 12,
        State::NationalCommittee => 32,
        State::ReturnedByNational => 34,
        State::NationalBoard => 40,
        State::NationalDecided => 47,
        State::Rejected => 30,
        State::Withdrawn => 20,
        State::Approved => 66 + 61 * case.generation,
    }
}

/// The offices of an application, lowest first. A district reads along and decides nothing [assumed].
struct Route(Vec<(usize, Tier)>);

impl Route {
    fn of(seed: &Seed, person: &Person) -> Result<Self> {
        let bodies = match person.home {
            Some(home) => seed.bodies.upward(home),
            None => vec![seed.bodies.prefectural(person.prefecture)?, 0],
        };
        let tier = |body: usize| seed.bodies.all[body].tier.parse::<Tier>().map_err(Error::fault);
        let steps: Result<Vec<_>> = bodies.into_iter().map(|body| Ok((body, tier(body)?))).collect();
        Ok(Self(steps?))
    }

    fn at(&self, tier: Tier) -> Option<usize> {
        self.0.iter().find(|(_, of)| *of == tier).map(|(body, _)| *body)
    }
}

/// One command of the way, on its day.
#[derive(Clone, Copy, Debug)]
struct Move {
    command: Command,
    who: Who,
    day: Day,
}

/// The way to the state, each command on its day.
fn way(seed: &mut Seed, case: &Case, member: bool) -> Vec<Move> {
    let today = seed.today;
    let ago = |days: i64| today.plus_days(-days);
    let base = rhythm(case);
    let mut vary = |from, until| seed.chance.between(from, until);
    let boards = [base + 34, base + 2, base - 34];
    let first = if member { boards[0] } else { boards[1] };
    let act = |command, tier, days| Move { command, who: Who::Office(tier), day: ago(days) };
    let meet = |command, tier, days| Move { command, who: Who::Office(tier), day: workday_before(ago(days)) };
    let own = |command, days| Move { command, who: Who::Applicant, day: ago(days) };
    let mut moves = vec![own(Command::Submit, first + vary(14, 24))];
    let (mine, theirs, last) = (Tier::Municipal, Tier::Prefectural, Tier::National);
    if member {
        moves.push(act(Command::ExamineOk, mine, boards[0] + vary(3, 9)));
        moves.push(meet(Command::RecordBoard, mine, boards[0]));
        moves.push(meet(Command::SubmitBatch, mine, boards[0] - 2));
    }
    moves.push(act(Command::ExamineOk, theirs, boards[1] + vary(3, 9)));
    moves.push(meet(Command::RecordBoard, theirs, boards[1]));
    moves.push(meet(Command::SubmitBatch, theirs, boards[1] - 2));
    moves.push(act(Command::ExamineOk, last, boards[2] + vary(3, 9)));
    moves.push(meet(Command::RecordCommittee, last, boards[2]));
    moves.push(meet(Command::RecordBoard, last, boards[2] - 11));
    moves.push(meet(Command::ApproveBatch, last, boards[2] - 12));
    let side = match case.state {
        State::ReturnedByMunicipal => {
            Some((State::MunicipalExamination, act(Command::Return, mine, boards[0] + vary(3, 9))))
        }
        State::ReturnedByPrefectural => {
            Some((State::PrefecturalExamination, act(Command::Return, theirs, boards[1] + vary(3, 9))))
        }
        State::ReturnedByNational => {
            Some((State::NationalExamination, act(Command::Return, last, boards[2] + vary(3, 9))))
        }
        State::Rejected => {
            Some((State::PrefecturalExamination, act(Command::Reject, theirs, boards[1] + vary(3, 9))))
        }
        State::Withdrawn if member => {
            Some((State::MunicipalExamination, own(Command::Withdraw, boards[0] + vary(3, 9))))
        }
        State::Withdrawn => {
            Some((State::PrefecturalExamination, own(Command::Withdraw, boards[1] + vary(3, 9))))
        }
        _ => None,
    };
    if let Some((from, turn)) = side {
        moves.truncate(passed(from, member));
        moves.push(turn);
    }
    moves
}

/// How many commands lead to the examination at a tier.
const fn passed(examination: State, member: bool) -> usize {
    match (examination, member) {
        (State::PrefecturalExamination, true) => 4,
        (State::NationalExamination, true) => 7,
        (State::NationalExamination, false) => 4,
        _ => 1,
    }
}

/// An application under construction.
struct Draft<'a> {
    id: Uuid,
    person: &'a Person,
    case: &'a Case,
    route: Route,
    state: State,
    decisions: Vec<decision::Model>,
    examined_on: Option<Day>,
    examined_by: Option<Officer>,
    granted_on: Option<Day>,
}

/// Writes an application of the person: a renewal for the certified, an initial one for others.
///
/// # Errors
/// A fault when the workflow does not lead to the state, or an office on the way has nobody.
pub(super) fn add(
    seed: &mut Seed,
    batches: &mut Batches,
    ledger: &Ledger,
    person: &Person,
    case: &Case,
) -> Result<Uuid> {
    let id = seed.ids.next();
    let route = Route::of(seed, person)?;
    let mut draft = Draft {
        id,
        person,
        case,
        route,
        state: State::Draft,
        decisions: Vec::new(),
        examined_on: None,
        examined_by: None,
        granted_on: None,
    };
    for step in way(seed, case, person.home.is_some()) {
        if draft.state == case.state {
            break;
        }
        advance(seed, batches, &mut draft, step)?;
    }
    if draft.state != case.state {
        return Err(Error::fault(format!("seed: the way ends at {} instead of {}", draft.state, case.state)));
    }
    write(seed, ledger, draft);
    Ok(id)
}

fn advance(seed: &mut Seed, batches: &mut Batches, draft: &mut Draft<'_>, step: Move) -> Result<()> {
    let standing = if draft.person.home.is_some() { Standing::Member } else { Standing::NonMember };
    let circumstances = Circumstances { standing, fee: Fee::Settled, upper: UpperTier::Untouched };
    let row = flow::step(draft.state, step.command, step.who, circumstances).map_err(Error::fault)?;
    let when = at(step.day, 10 + draft.decisions.len() as u32 % 8, 15);
    let mut made = decision::Model {
        id: seed.ids.next(),
        application: Some(draft.id),
        training: None,
        command: step.command.name().to_owned(),
        from_state: draft.state.name().to_owned(),
        to_state: row.to.name().to_owned(),
        association: None,
        account: Some(draft.person.account),
        by_name: draft.person.name.clone(),
        comment: String::new(),
        batch: None,
        decided_at: when,
    };
    if let Who::Office(tier) = step.who {
        let body = draft.route.at(tier).ok_or_else(|| Error::fault("seed: a tier is not on the route"))?;
        let officer = seed.offices.of(At::Body(body), Duty::Certification).cloned();
        let officer = officer.ok_or_else(|| Error::fault("seed: nobody is in charge there"))?;
        made.association = Some(seed.bodies.all[body].id);
        made.account = Some(officer.account);
        made.by_name.clone_from(&officer.name);
        made.batch = office_act(seed, batches, draft, step, body, &officer);
    }
    if matches!(step.command, Command::Return | Command::Reject | Command::Withdraw) {
        draft.case.comment.clone_into(&mut made.comment);
    }
    draft.decisions.push(made);
    draft.state = row.to;
    Ok(())
}

/// What an office's command leaves besides the decision; returns the batch it came with.
fn office_act(
    seed: &mut Seed,
    batches: &mut Batches,
    draft: &mut Draft<'_>,
    step: Move,
    body: usize,
    officer: &Officer,
) -> Option<Uuid> {
    let reached = draft.case.state;
    match step.command {
        Command::ExamineOk => {
            examine(seed, draft, step.day, body, officer);
            let (kind, awaited) = match step.who {
                Who::Office(Tier::National) => ("committee", State::NationalCommittee),
                Who::Office(Tier::Prefectural) => ("board", State::PrefecturalBoard),
                _ => ("board", State::MunicipalBoard),
            };
            if reached == awaited {
                put(seed, batches, draft.id, (body, kind, None), officer, "waiting");
            }
            None
        }
        Command::RecordCommittee => {
            let id = put(seed, batches, draft.id, (body, "committee", Some(step.day)), officer, "approved");
            if reached == State::NationalBoard {
                put(seed, batches, draft.id, (body, "board", None), officer, "waiting");
            }
            Some(id)
        }
        Command::RecordBoard => {
            Some(put(seed, batches, draft.id, (body, "board", Some(step.day)), officer, "approved"))
        }
        Command::SubmitBatch => go_up(seed, draft, step.day),
        Command::ApproveBatch => {
            draft.granted_on = Some(step.day);
            go_up(seed, draft, step.day)
        }
        _ => None,
    }
}

/// The batch of the board before goes up with the application.
fn go_up(seed: &mut Seed, draft: &Draft<'_>, day: Day) -> Option<Uuid> {
    let batch = draft.decisions.last().and_then(|decision| decision.batch)?;
    submit(seed, draft.id, batch, day);
    Some(batch)
}

fn examine(seed: &mut Seed, draft: &mut Draft<'_>, day: Day, body: usize, officer: &Officer) {
    draft.examined_on.get_or_insert(day);
    draft.examined_by.get_or_insert_with(|| officer.clone());
    seed.rows.examinations.push(examination::Model {
        id: seed.ids.next(),
        application: draft.id,
        association: seed.bodies.all[body].id,
        account: officer.account,
        checklist: CHECKLIST.to_owned(),
        remarks: String::new(),
        created_at: at(day, 10, 0),
        version: 1,
    });
}

/// Every point of an examination that ended well, ticked.
const CHECKLIST: &str = r#"{"identity":true,"credits":true,"paper_credits":true,"handbook":true,"fee":true}"#;

/// Table: the columns of an application.
fn write(seed: &mut Seed, ledger: &Ledger, draft: Draft<'_>) {
    let person = draft.person;
    let submitted_at = draft.decisions.first().map(|decision| decision.decided_at);
    let number = submitted_at.map(|when| {
        seed.counts.applications += 1;
        format!("A{}-{:06}", FiscalYear::of(Day::of(when)).0, seed.counts.applications)
    });
    let initial = person.certified.is_none();
    let waived = initial && draft.case.credits == Credits::Enough && seed.chance.percent(40);
    let waiver_on = waived.then(|| seed.today.plus_days(-500));
    let waiver = waiver_on.map(|day| Waiver { kind: WaiverKind::UoehBasicCourse, date: Some(day) });
    let evaluation = declare(seed, ledger, &draft, waiver, submitted_at);
    let desk = match flow::desk(draft.state) {
        Desk::Tier(tier) => draft.route.at(tier).map(|body| seed.bodies.all[body].id),
        Desk::Applicant | Desk::Host | Desk::Former | Desk::Nobody => None,
    };
    let open = !matches!(draft.state, State::Draft | State::Approved | State::Rejected | State::Withdrawn);
    let offices = draft.decisions.iter().rev().find(|decision| decision.association.is_some());
    let decided_at = offices.map(|decision| decision.decided_at);
    let round = if open { seed.round_for(draft.state) } else { None };
    let received = received(seed, &draft, submitted_at);
    let handbook = received.filter(|_| !waived);
    seed.rows.applications.push(application::Model {
        id: draft.id,
        number,
        kind: "certification".to_owned(),
        scheme: OCCUPATIONAL.to_owned(),
        certification_kind: if initial { "initial" } else { "renewal" }.to_owned(),
        physician: person.id,
        applicant: person.account,
        on_behalf_reason: None,
        state: draft.state.name().to_owned(),
        desk,
        waiting_since: desk.and_then(|_| since(&draft.decisions)),
        round: round.map(|(id, _)| id),
        expected_on: round.map(|(_, day)| day.date()),
        certification: person.certified.as_ref().map(|certified| certified.id),
        waiver: waiver.map(|waiver| waiver.kind.name().to_owned()),
        waiver_on: waiver_on.map(Day::date),
        grace_reason: None,
        remarks: draft.case.remarks.to_owned(),
        fee_method: (*seed.chance.pick(&["counter", "registered_mail", "transfer"])).to_owned(),
        fee: 10_000,
        fee_received_on: received.map(Day::date),
        fee_receipt: received.map(|_| format!("R{:06}", seed.counts.applications)),
        handbook_received_on: handbook.map(Day::date),
        handbook_returned_on: handbook
            .and(draft.granted_on)
            .map(|day| day.plus_days(2).min(seed.today.plus_days(-1)).date()),
        evaluation,
        submitted_at,
        decided_at,
        created_at: submitted_at.unwrap_or(seed.began) - chrono::TimeDelta::days(3),
        version: 1 + draft.decisions.len() as i64,
    });
    finish(seed, draft);
}

/// The day on which fee and handbook came: before the examination; some come later than the application.
fn received(seed: &mut Seed, draft: &Draft<'_>, submitted_at: Option<DateTime<Utc>>) -> Option<Day> {
    match draft.examined_on {
        Some(day) => Some(day.plus_days(-1)),
        None => submitted_at.filter(|_| seed.chance.percent(50)).map(|when| Day::of(when).next()),
    }
}

/// Since when the application has been on its desk: the last decision that moved it to another one.
fn since(decisions: &[decision::Model]) -> Option<DateTime<Utc>> {
    let desk = |state: &str| state.parse::<State>().ok().map(flow::desk);
    let moved = |decision: &&decision::Model| desk(&decision.from_state) != desk(&decision.to_state);
    decisions.iter().rev().find(moved).map(|decision| decision.decided_at)
}

/// The route, the decisions and, at the end of the way, the certification.
fn finish(seed: &mut Seed, draft: Draft<'_>) {
    if draft.state != State::Draft {
        for (position, (body, tier)) in (0..).zip(&draft.route.0) {
            let act = if *tier == Tier::District { "inform" } else { "examine" };
            let at = (seed.bodies.all[*body].id, *tier);
            seed.rows.steps.push(super::procedures::row(draft.id, position, at, (Side::Current, act)));
        }
        if let (None, Some((body, _))) = (draft.person.home, draft.route.0.first()) {
            link(seed, draft.person.id, *body, "applied");
        }
    }
    seed.rows.decisions.extend(draft.decisions);
    if let Some(day) = draft.granted_on {
        let old = draft.person.certified.as_ref();
        let from = old.map_or(day, |old| old.valid_until.next());
        certify(seed, draft.person.id, from, from.plus_years(5).plus_days(-1), old, Some(draft.id));
    }
}

/// Declares the paper lines the application needs, compared with the originals once it was examined, and
/// evaluates what was there on the day of submission.
fn declare(
    seed: &mut Seed,
    ledger: &Ledger,
    draft: &Draft<'_>,
    waiver: Option<Waiver>,
    submitted_at: Option<DateTime<Utc>>,
) -> Option<String> {
    let before = seed.rows.paper_credits.len();
    if waiver.is_none() && draft.case.credits != Credits::AsTheyAre {
        declare_paper(seed, ledger, draft, submitted_at);
    }
    let declared = &seed.rows.paper_credits[before..];
    let on = Day::of(submitted_at?);
    paper::evaluation(ledger, draft.person, declared, waiver, on)
}

fn declare_paper(seed: &mut Seed, ledger: &Ledger, draft: &Draft<'_>, submitted_at: Option<DateTime<Utc>>) {
    let compared = match (draft.examined_on, &draft.examined_by) {
        (Some(day), Some(officer)) => Compared::By(officer.account, at(day, 9, 45)),
        _ => Compared::NotYet,
    };
    let person = draft.person;
    // What was earned after the submission did not count on that day.
    let on = submitted_at.map_or(seed.today, Day::of);
    let (mut lines, period) = match &person.certified {
        Some(certified) => {
            let validity = Period { from: certified.valid_from, until: certified.valid_until.min(on) };
            (paper::missing_to_renewal(ledger, person, validity), validity)
        }
        None => {
            let window = Period { from: paper::last_day().plus_years(-3), until: on };
            (paper::missing_to_initial(ledger, person, window), window)
        }
    };
    if draft.case.credits == Credits::PracticalMissing {
        lines.retain(|line| line.category != "実地");
    }
    let when = submitted_at.unwrap_or(seed.began) - chrono::TimeDelta::days(1);
    paper::declare(seed, person, &lines, period, compared, when);
}

/// Writes a certification; a renewal keeps the number.
pub(super) fn certify(
    seed: &mut Seed,
    physician: Uuid,
    valid_from: Day,
    valid_until: Day,
    previous: Option<&Certified>,
    application: Option<Uuid>,
) -> Certified {
    let number = match previous {
        Some(previous) => previous.number.clone(),
        None => {
            seed.counts.certifications += 1;
            format!("{:07}", seed.counts.certifications)
        }
    };
    let id = seed.ids.next();
    seed.rows.certifications.push(certification::Model {
        id,
        scheme: OCCUPATIONAL.to_owned(),
        number: number.clone(),
        physician,
        valid_from: valid_from.date(),
        valid_until: valid_until.date(),
        previous: previous.map(|previous| previous.id),
        ended_on: None,
        ended_as: None,
        ended_reason: None,
        application,
        created_at: seed.began,
    });
    Certified { id, number, valid_from, valid_until }
}
