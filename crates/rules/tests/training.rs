//! The checks of a training draft, in the words of the rules.

use chrono::{DateTime, Utc};
use mamis_rules::base::{Day, Yen};
use mamis_rules::credit::{Course, Scheme};
use mamis_rules::training::{
    CreditLine, Mode, Problem, SessionDraft, Severity, TrainingDraft, check, is_past, is_ready,
};

fn day(text: &str) -> Day {
    Day::parse(text).expect("an ISO day")
}

/// A moment in Japan.
fn at(text: &str) -> DateTime<Utc> {
    format!("{text}:00+09:00").parse().expect("a moment")
}

fn line(scheme: Scheme, course: Option<Course>, category: &str, amount: &str) -> CreditLine {
    let (category, item) = category.split_once('/').unwrap_or((category, ""));
    let name = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    CreditLine {
        scheme,
        course,
        category: name(category),
        item: name(item),
        amount: amount.parse().expect("an amount"),
        curriculum_code: (scheme == Scheme::Cme).then_some(12),
    }
}

fn special(amount: &str) -> CreditLine {
    let course = Some(Course::Lifelong);
    line(Scheme::OccupationalPhysician, course, "専門", amount)
}

fn cme(amount: &str) -> CreditLine {
    line(Scheme::Cme, None, "", amount)
}

fn session(title: &str, from: &str, until: &str, credits: Vec<CreditLine>) -> SessionDraft {
    SessionDraft {
        title: title.into(),
        lecturer: "北海 花子".into(),
        starts_at: at(from),
        ends_at: at(until),
        credits,
    }
}

/// A training with nothing wrong: two talks of an hour, 専門 1 with CC 12 at 1.0 each.
fn good() -> TrainingDraft {
    let talk = |title, from, until| session(title, from, until, vec![special("1"), cme("1")]);
    TrainingDraft {
        title: "産業医研修会".into(),
        mode: Mode::Venue,
        venue: "北海道医師会館".into(),
        sessions: vec![
            talk("職場のメンタルヘルス", "2027-03-06T13:00", "2027-03-06T14:00"),
            talk("化学物質の自律的管理", "2027-03-06T14:00", "2027-03-06T15:00"),
        ],
        capacity: Some(100),
        recruitment_from: Some(at("2027-01-10T10:00")),
        recruitment_until: Some(at("2027-02-28T23:59")),
        fee_member: Yen(3_000),
        fee_non_member: Yen(5_000),
    }
}

fn problems(change: impl FnOnce(&mut TrainingDraft)) -> Vec<Problem> {
    let mut draft = good();
    change(&mut draft);
    check(&draft, day("2026-11-22"))
}

/// The fields with errors after a change of the good draft.
fn errors(change: impl FnOnce(&mut TrainingDraft)) -> Vec<String> {
    fields(&problems(change), Severity::Error)
}

fn hints(change: impl FnOnce(&mut TrainingDraft)) -> Vec<String> {
    fields(&problems(change), Severity::Hint)
}

fn fields(problems: &[Problem], severity: Severity) -> Vec<String> {
    let of_it = problems.iter().filter(|problem| problem.severity == severity);
    of_it.map(|problem| problem.field.clone()).collect()
}

#[test]
fn a_good_draft_has_no_problem() {
    assert_eq!(problems(|_| ()), []);
    assert!(is_ready(&[]));
}

#[test]
fn the_outline_is_complete() {
    assert_eq!(errors(|draft| draft.title = " ".into()), ["title"]);
    assert_eq!(errors(|draft| draft.title = "研".repeat(201)), ["title"]);
    assert_eq!(errors(|draft| draft.title = "研".repeat(200)), [""; 0]);
    assert_eq!(errors(|draft| draft.venue.clear()), ["venue"]);
    assert_eq!(errors(|draft| draft.sessions.clear()), ["sessions"]);
    for (capacity, expected) in [
        (Some(0), &["capacity"][..]),
        (Some(1), &[]),
        (Some(10_000), &[]),
        (Some(10_001), &["capacity"]),
        (None, &["capacity"]),
    ] {
        assert_eq!(errors(|draft| draft.capacity = capacity), expected, "{capacity:?}");
    }
    let web = |draft: &mut TrainingDraft| {
        draft.mode = Mode::Web;
        draft.capacity = None;
        draft.venue.clear();
    };
    assert_eq!(errors(web), [""; 0]);
    assert_eq!(errors(|draft| draft.fee_member = Yen(-1)), ["fee_member"]);
    assert_eq!(hints(|draft| draft.fee_non_member = Yen(2_999)), ["fee_non_member"]);
}

#[test]
fn times_are_sane() {
    let end = |text: &'static str| move |draft: &mut TrainingDraft| draft.sessions[1].ends_at = at(text);
    assert_eq!(errors(end("2027-03-06T14:00")), ["sessions.1.ends_at"]);
    assert_eq!(hints(end("2027-03-07T15:00")), ["sessions.1.ends_at"]);
    let start = |text: &'static str| move |draft: &mut TrainingDraft| draft.sessions[1].starts_at = at(text);
    assert_eq!(errors(start("2027-03-06T13:59")), ["sessions.1.starts_at"]);
    // One inside another is found too, in whatever order they are entered.
    let inside = |draft: &mut TrainingDraft| {
        draft.sessions[0].ends_at = at("2027-03-06T16:00");
        draft.sessions.swap(0, 1);
    };
    assert_eq!(errors(inside), ["sessions.0.starts_at"]);
}

#[test]
fn the_day_is_not_past() {
    let check = |today: &str| fields(&check(&good(), day(today)), Severity::Error);
    assert_eq!(check("2027-03-06"), [""; 0]);
    assert_eq!(check("2027-03-07"), ["sessions.0.day", "sessions.1.day"]);
    assert!(
        !is_past(&good(), day("2027-03-06")) && is_past(&good(), day("2027-03-07")),
        "a draft only warns"
    );
}

#[test]
fn recruitment_ends_before_the_training_begins() {
    let set = |from: Option<&'static str>, until: Option<&'static str>| {
        move |draft: &mut TrainingDraft| {
            draft.recruitment_from = from.map(at);
            draft.recruitment_until = until.map(at);
        }
    };
    let from = Some("2027-01-10T10:00");
    assert_eq!(errors(set(from, Some("2027-03-06T13:00"))), [""; 0]);
    assert_eq!(errors(set(from, Some("2027-03-06T13:01"))), ["recruitment_until"]);
    assert_eq!(errors(set(from, from)), ["recruitment_until"]);
    assert_eq!(errors(set(from, None)), ["recruitment_until"]);
    assert_eq!(errors(set(None, from)), ["recruitment_from"]);
    assert_eq!(hints(set(None, None)), ["recruitment_from"]);
}

#[test]
fn credits_fit_into_the_minutes_of_each_scheme() {
    let credits = |lines: Vec<CreditLine>| move |draft: &mut TrainingDraft| draft.sessions[0].credits = lines;
    let basic = |category, amount| line(Scheme::OccupationalPhysician, Some(Course::Basic), category, amount);
    assert_eq!(errors(credits(vec![special("1.5")])), ["sessions.0.credits.0.amount"]);
    assert_eq!(errors(credits(vec![special("1"), cme("1.5")])), ["sessions.0.credits.1.amount"]);
    // 更新 and 専門 in one hour share it.
    let renewal = line(Scheme::OccupationalPhysician, Some(Course::Lifelong), "更新", "0.5");
    assert_eq!(errors(credits(vec![special("0.5"), renewal.clone()])), [""; 0]);
    assert_eq!(errors(credits(vec![special("1"), renewal])), ["sessions.0.credits.1.amount"]);
    // Somebody earns basic or lifelong credits, not both.
    assert_eq!(errors(credits(vec![basic("後期", "1"), special("1")])), [""; 0]);
    // 59 minutes are not one credit.
    let short = |draft: &mut TrainingDraft| draft.sessions[0].ends_at = at("2027-03-06T13:59");
    let both = ["sessions.0.credits.0.amount", "sessions.0.credits.1.amount"];
    assert_eq!(errors(short), both);
}

#[test]
fn credit_lines_are_of_the_scheme() {
    let check = |line: CreditLine, field: &str| {
        let expected: Vec<String> = match field {
            "" => vec![],
            field => vec![format!("sessions.0.credits.0.{field}")],
        };
        let found = errors(|draft| draft.sessions[0].credits = vec![line.clone()]);
        assert_eq!(found, expected, "{line:?}");
    };
    let occupational =
        |course, category, amount| line(Scheme::OccupationalPhysician, course, category, amount);
    let (basic, lifelong) = (Some(Course::Basic), Some(Course::Lifelong));
    check(occupational(basic, "前期/総論", "1"), "");
    check(occupational(basic, "前期", "1"), "item");
    check(occupational(basic, "前期/スポーツ", "1"), "item");
    check(occupational(basic, "専門", "1"), "category");
    check(occupational(None, "実地", "1"), "course");
    check(occupational(lifelong, "専門/総論", "1"), "item");
    check(occupational(lifelong, "専門", "0"), "amount");
    check(occupational(lifelong, "専門", "0.75"), "amount");
    check(occupational(lifelong, "専門", "0.5"), "");
    check(line(Scheme::SportsPhysician, basic, "/前期1", "1"), "");
    check(line(Scheme::SportsPhysician, basic, "/前期14", "1"), "item");
    check(line(Scheme::SportsPhysician, lifelong, "", "1"), "");
    check(line(Scheme::Kakaritsuke, None, "/①", "1"), "");
    check(line(Scheme::Kakaritsuke, None, "", "1"), "item");
    check(line(Scheme::KakaritsukeReport, None, "", "1"), "scheme");
    check(line(Scheme::SpecialistCommon, None, "医療安全", "1"), "");
    check(line(Scheme::SpecialistCommon, None, "医療", "1"), "category");
    let code = |curriculum_code| CreditLine { curriculum_code, ..cme("1") };
    check(code(Some(0)), "");
    check(code(Some(83)), "");
    check(code(Some(84)), "curriculum_code");
    check(code(None), "curriculum_code");
    let with_code = CreditLine { curriculum_code: Some(12), ..special("1") };
    check(with_code, "curriculum_code");
}

#[test]
fn a_talk_has_one_curriculum_code_and_no_line_twice() {
    let two = |line: CreditLine| {
        move |draft: &mut TrainingDraft| draft.sessions[0].credits = vec![line.clone(), line]
    };
    assert_eq!(errors(two(cme("0.5"))), ["sessions.0.credits.1.scheme"]);
    assert_eq!(errors(two(special("0.5"))), ["sessions.0.credits.1.scheme"]);
}

#[test]
fn greetings_breaks_and_product_introductions_carry_no_credit() {
    let titled =
        |title: &'static str| move |draft: &mut TrainingDraft| draft.sessions[0].title = title.into();
    for title in ["開会挨拶", "会長 あいさつ", "休憩", "製品紹介", "開会の辞", "休 憩"]
    {
        assert_eq!(errors(titled(title)), ["sessions.0.credits"], "{title}");
        let without = |draft: &mut TrainingDraft| {
            titled(title)(draft);
            draft.sessions[0].credits.clear();
        };
        assert_eq!(errors(without), [""; 0], "{title}");
    }
    for title in ["診療情報提供書の書き方", "休憩室の作業環境"] {
        assert_eq!(errors(titled(title)), [""; 0], "{title}");
        assert_eq!(hints(titled(title)), ["sessions.0.credits"], "{title}");
    }
}

#[test]
fn specialist_common_is_filed_three_months_before() {
    let mut draft = good();
    for session in &mut draft.sessions {
        session.credits = vec![line(Scheme::SpecialistCommon, None, "医療安全", "1")];
    }
    let filed = |draft: &TrainingDraft, today: &str| fields(&check(draft, day(today)), Severity::Error);
    assert_eq!(filed(&draft, "2026-12-06"), [""; 0]);
    assert_eq!(filed(&draft, "2026-12-07"), ["sessions.0.day"]);
    // The end of a long month: 31 May is filed by 28 February.
    for session in &mut draft.sessions {
        session.starts_at = at("2027-05-31T13:00");
        session.ends_at = at("2027-05-31T14:00");
    }
    draft.sessions.pop();
    assert_eq!(filed(&draft, "2027-02-28"), [""; 0]);
    assert_eq!(filed(&draft, "2027-03-01"), ["sessions.0.day"]);
    // Other schemes have no such deadline.
    assert_eq!(filed(&good(), "2027-03-05"), [""; 0]);
}

#[test]
fn specialist_common_of_before_the_system_goes_the_old_way() {
    let mut draft = good();
    draft.recruitment_from = None;
    draft.recruitment_until = None;
    draft.sessions.truncate(1);
    draft.sessions[0].credits = vec![line(Scheme::SpecialistCommon, None, "医療安全", "1")];
    let mut held = |on: &str, filed: &str| {
        draft.sessions[0].starts_at = at(&format!("{on}T13:00"));
        draft.sessions[0].ends_at = at(&format!("{on}T14:00"));
        fields(&check(&draft, day(filed)), Severity::Error)
    };
    assert_eq!(held("2025-07-06", "2025-04-01"), ["sessions.0.day"]);
    assert_eq!(held("2025-07-07", "2025-04-01"), [""; 0]);
    assert_eq!(held("2025-07-07", "2025-03-31"), ["sessions.0.day"]);
}

#[test]
fn hints_do_not_keep_a_draft_back() {
    assert!(is_ready(&problems(|draft| draft.sessions[0].lecturer.clear())));
    assert!(!is_ready(&problems(|draft| draft.title.clear())));
}
