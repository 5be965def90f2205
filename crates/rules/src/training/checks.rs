//! What is wrong with the draft of a training, field by field, before it is submitted.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::lines;
use crate::base::{Credits, Day, Yen};
use crate::credit::{Course, Scheme, TrainingRules, scheme_rules};
use crate::named::named;

named! {
    /// Where a training is held.
    Mode {
        Venue = "venue", "会場";
        Web = "web", "Web";
        Hybrid = "hybrid", "会場とWeb";
    }
}

named! {
    /// How bad a problem is.
    Severity {
        Error = "error", "要修正";
        Hint = "hint", "確認";
    }
}

/// A training as the host has filled it in so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainingDraft {
    /// The title.
    pub title: String,
    /// Where it is held.
    pub mode: Mode,
    /// The place; empty when there is none yet.
    pub venue: String,
    /// The sessions in the order of the form.
    pub sessions: Vec<SessionDraft>,
    /// How many may come; `None` for no limit.
    pub capacity: Option<i64>,
    /// The first moment of recruitment.
    pub recruitment_from: Option<DateTime<Utc>>,
    /// The last moment of recruitment.
    pub recruitment_until: Option<DateTime<Utc>>,
    /// What members pay.
    pub fee_member: Yen,
    /// What non-members pay.
    pub fee_non_member: Yen,
}

/// One session of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionDraft {
    /// The title of the talk.
    pub title: String,
    /// Who gives it.
    pub lecturer: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// The credits it gives.
    pub credits: Vec<CreditLine>,
}

/// One credit line of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditLine {
    /// The scheme.
    pub scheme: Scheme,
    /// The course.
    pub course: Option<Course>,
    /// The credit category.
    pub category: Option<String>,
    /// The item in it.
    pub item: Option<String>,
    /// How much.
    pub amount: Credits,
    /// The curriculum code.
    pub curriculum_code: Option<u16>,
}

/// Something the host should change or look at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field, such as `sessions.0.credits.1.amount`.
    pub field: String,
    /// What to do, for the host.
    pub message: String,
    /// Whether it keeps the draft from being submitted.
    pub severity: Severity,
}

impl Problem {
    pub(super) fn error(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), severity: Severity::Error }
    }

    pub(super) fn hint(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Hint, ..Self::error(field, message) }
    }
}

/// Whether the draft may be submitted: hints do not keep it back.
pub fn is_ready(problems: &[Problem]) -> bool {
    problems.iter().all(|problem| problem.severity == Severity::Hint)
}

/// Everything that is wrong or odd, in the order of the form, if it were submitted `today`.
pub fn check(draft: &TrainingDraft, today: Day) -> Vec<Problem> {
    let mut problems = Vec::new();
    outline(draft, &mut problems);
    for (at, session) in draft.sessions.iter().enumerate() {
        times(at, session, today, &mut problems);
        lines::check(at, session, &mut problems);
    }
    overlaps(draft, &mut problems);
    recruitment(draft, &mut problems);
    filing(draft, today, &mut problems);
    problems
}

/// The longest title that fits on a certificate, in characters [assumed].
const LONGEST_TITLE: usize = 200;
/// The largest capacity; more is a slip of the keyboard [assumed].
const LARGEST_CAPACITY: i64 = 10_000;

fn outline(draft: &TrainingDraft, problems: &mut Vec<Problem>) {
    if draft.title.trim().is_empty() {
        problems.push(Problem::error("title", "研修会の名称を入力してください。"));
    } else if draft.title.chars().count() > LONGEST_TITLE {
        let message = format!("研修会の名称は{LONGEST_TITLE}文字以内で入力してください。");
        problems.push(Problem::error("title", message));
    }
    if draft.mode != Mode::Web && draft.venue.trim().is_empty() {
        problems.push(Problem::error("venue", "会場の名称と所在地を入力してください。"));
    }
    match draft.capacity {
        Some(capacity) if !(1..=LARGEST_CAPACITY).contains(&capacity) => {
            let message = format!("定員は1から{LARGEST_CAPACITY}までの数で入力してください。");
            problems.push(Problem::error("capacity", message));
        }
        None if draft.mode != Mode::Web => {
            problems.push(Problem::error("capacity", "会場の定員を入力してください。"));
        }
        _ => (),
    }
    for (field, fee) in [("fee_member", draft.fee_member), ("fee_non_member", draft.fee_non_member)] {
        if fee < Yen::ZERO {
            problems.push(Problem::error(field, "受講料は0円以上で入力してください。"));
        }
    }
    if draft.fee_non_member < draft.fee_member {
        let message = "非会員の受講料が会員より安くなっています。まちがいがないか確認してください。";
        problems.push(Problem::hint("fee_non_member", message));
    }
    if draft.sessions.is_empty() {
        problems.push(Problem::error("sessions", "演題を1つ以上入力してください。"));
    } else if draft.sessions.iter().all(|session| session.credits.is_empty()) {
        problems.push(Problem::hint(
            "sessions",
            "単位の付く演題がありません。単位のない研修会として申請してよいか確認してください。",
        ));
    }
}

fn times(at: usize, session: &SessionDraft, today: Day, problems: &mut Vec<Problem>) {
    let field = |name: &str| format!("sessions.{at}.{name}");
    if session.title.trim().is_empty() {
        problems.push(Problem::error(field("title"), "演題名を入力してください。"));
    }
    if session.lecturer.trim().is_empty() && !session.credits.is_empty() {
        problems.push(Problem::hint(
            field("lecturer"),
            "講師が入力されていません。単位の付く演題には講師の氏名を入力してください。",
        ));
    }
    let (first, last) = (Day::of(session.starts_at), Day::of(session.ends_at));
    if session.ends_at <= session.starts_at {
        problems.push(Problem::error(field("ends_at"), "終了の時刻を、開始の時刻より後にしてください。"));
    } else if first != last {
        problems.push(Problem::hint(
            field("ends_at"),
            "開始と終了の日が違います。日付にまちがいがないか確認してください。",
        ));
    }
    if first < today {
        problems
            .push(Problem::error(field("day"), "開催日が過ぎています。今日より後の日付を入力してください。"));
    }
}

/// Whether a session lies before today: a draft may be kept so, but not submitted.
pub fn is_past(draft: &TrainingDraft, today: Day) -> bool {
    draft.sessions.iter().any(|session| Day::of(session.starts_at) < today)
}

/// One person attends one session at a time, so the sessions of a training follow one another.
fn overlaps(draft: &TrainingDraft, problems: &mut Vec<Problem>) {
    let mut order: Vec<usize> = (0..draft.sessions.len()).collect();
    order.sort_by_key(|at| (draft.sessions[*at].starts_at, *at));
    let mut latest: Option<usize> = None;
    for at in order {
        let session = &draft.sessions[at];
        if let Some(before) = latest
            && session.starts_at < draft.sessions[before].ends_at
        {
            let message = format!(
                "演題{}「{}」と時間が重なっています。どちらかの時刻を直してください。",
                before + 1,
                draft.sessions[before].title
            );
            problems.push(Problem::error(format!("sessions.{at}.starts_at"), message));
        }
        if latest.is_none_or(|before| session.ends_at > draft.sessions[before].ends_at) {
            latest = Some(at);
        }
    }
}

fn recruitment(draft: &TrainingDraft, problems: &mut Vec<Problem>) {
    let start = draft.sessions.iter().map(|session| session.starts_at).min();
    match (draft.recruitment_from, draft.recruitment_until) {
        (Some(from), Some(until)) if until <= from => problems
            .push(Problem::error("recruitment_until", "募集の終了を、募集の開始より後にしてください。")),
        (None, Some(_)) => {
            problems.push(Problem::error("recruitment_from", "募集の開始の日時を入力してください。"))
        }
        (Some(_), None) => {
            problems.push(Problem::error("recruitment_until", "募集の終了の日時を入力してください。"))
        }
        (None, None) => problems.push(Problem::hint(
            "recruitment_from",
            "募集期間が入力されていません。このままでは、マイページから申し込めません。",
        )),
        _ => (),
    }
    if let (Some(until), Some(start)) = (draft.recruitment_until, start)
        && until > start
    {
        problems
            .push(Problem::error("recruitment_until", "募集の終了を、研修会の開始より前にしてください。"));
    }
}

/// Deadlines for filing, which each scheme sets in its rule file.
fn filing(draft: &TrainingDraft, today: Day, problems: &mut Vec<Problem>) {
    let lines = draft.sessions.iter().flat_map(|session| &session.credits);
    let schemes: BTreeSet<Scheme> = lines.map(|line| line.scheme).collect();
    let Some(start) = draft.sessions.iter().map(|session| session.starts_at).min() else {
        return;
    };
    for scheme in schemes {
        if let Some(rules) = &scheme_rules(scheme).training {
            problems.extend(filed_in_time(scheme, rules, Day::of(start), today));
        }
    }
}

fn filed_in_time(scheme: Scheme, rules: &TrainingRules, held: Day, today: Day) -> Option<Problem> {
    let field = "sessions.0.day";
    let label = scheme.label();
    let old_way = rules.old_way_if_filed_by.is_some_and(|last| today <= last);
    if old_way || rules.in_system_from.is_some_and(|first| held < first) {
        let message = format!("{label}のこの研修会は、従来の方法で申請してください。");
        return Some(Problem::error(field, message));
    }
    let months = rules.file_months_before?;
    let deadline = held.plus_months(-months);
    (today > deadline).then(|| {
        let message = format!(
            "{label}は開催日の{months}か月前までに申請してください。この開催日の期限は{}でした。",
            deadline.japanese()
        );
        Problem::error(field, message)
    })
}

/// The sum of credits by scheme and course, with the line that came last.
pub(super) fn sums(session: &SessionDraft) -> BTreeMap<(Scheme, Option<Course>), (Credits, usize)> {
    let mut sums = BTreeMap::new();
    for (at, line) in session.credits.iter().enumerate() {
        let sum = sums.entry((line.scheme, line.course)).or_insert((Credits::ZERO, at));
        *sum = (sum.0 + line.amount, at);
    }
    sums
}
