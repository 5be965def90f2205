//! The credit rules of every scheme, in their own words.

use mamis_rules::base::{Day, Period};
use mamis_rules::credit::{
    Activity, Course, Credit, Evaluation, Facts, Grace, Kind, Reason, Scheme, Source, SpecialMeasure, Waiver,
    WaiverKind, evaluate, rule_set,
};

fn day(text: &str) -> Day {
    Day::parse(text).expect("an ISO day")
}

fn period(from: &str, until: &str) -> Option<Period> {
    Some(Period { from: day(from), until: day(until) })
}

/// A credit as `id date category/item amount`.
fn credit(course: Option<Course>, text: &str) -> Credit {
    let mut words = text.split(' ');
    let mut word = || words.next().expect("id, date, category and amount");
    let (id, date, category, amount) = (word(), word(), word(), word());
    let (category, item) = category.split_once('/').unwrap_or((category, ""));
    let name = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    Credit {
        id: id.to_owned(),
        date: day(date),
        source: Source::Training,
        scheme: None,
        course,
        category: name(category),
        item: name(item),
        amount: amount.parse().expect("an amount"),
        curriculum_codes: Default::default(),
        title: None,
        confirmed: false,
    }
}

fn lifelong(text: &str) -> Credit {
    credit(Some(Course::Lifelong), text)
}

fn basic(text: &str) -> Credit {
    credit(Some(Course::Basic), text)
}

fn plain(text: &str) -> Credit {
    credit(None, text)
}

fn judge(scheme: Scheme, kind: Kind, facts: &Facts) -> Evaluation {
    let rules = rule_set(scheme, kind, facts.on).expect("the scheme has this kind");
    evaluate(rules, facts)
}

fn unmet(evaluation: &Evaluation) -> Vec<&str> {
    let requirements = evaluation.requirements.iter();
    requirements.filter(|requirement| !requirement.met).map(|requirement| requirement.id.as_str()).collect()
}

fn reasons(evaluation: &Evaluation) -> Vec<(&str, Reason)> {
    let not_counted = evaluation.not_counted.iter();
    not_counted.map(|credit| (credit.id.as_str(), credit.reason)).collect()
}

fn have<'a>(evaluation: &'a Evaluation, id: &str) -> &'a str {
    let requirement = evaluation.requirements.iter().find(|r| r.id == id);
    &requirement.expect("the requirement is asked").have
}

// ---- 認定産業医 更新 -----------------------------------------------------------------------------

fn renewal(on: &str, credits: Vec<Credit>) -> Facts {
    Facts { validity: period("2022-04-01", "2027-03-31"), credits, ..Facts::on(day(on)) }
}

fn twenty() -> Vec<Credit> {
    vec![lifelong("a 2023-06-01 更新 9"), lifelong("b 2024-06-01 実地 1"), lifelong("c 2025-06-01 専門 10")]
}

fn occupational_renewal(facts: &Facts) -> Evaluation {
    judge(Scheme::OccupationalPhysician, Kind::Renewal, facts)
}

#[test]
fn occupational_renewal_needs_20_with_each_category() {
    let check = |credits: &[&str], expected: &[&str]| {
        let credits = credits.iter().map(|text| lifelong(text)).collect();
        let evaluation = occupational_renewal(&renewal("2026-11-22", credits));
        assert_eq!(unmet(&evaluation), expected);
        assert_eq!(evaluation.eligible, expected.is_empty());
        assert_eq!(evaluation.missing.len(), expected.len());
    };
    let (u, p, s) = ("a 2023-06-01 更新", "b 2024-06-01 実地", "c 2025-06-01 専門");
    check(&[&format!("{u} 9"), &format!("{p} 1"), &format!("{s} 10")], &[]);
    check(&[&format!("{u} 8.99"), &format!("{p} 1"), &format!("{s} 10")], &["total"]);
    check(&[&format!("{u} 10"), &format!("{s} 10")], &["practical"]);
    check(&[&format!("{u} 10"), &format!("{p} 0.5"), &format!("{s} 10")], &["practical"]);
    check(&[&format!("{p} 10"), &format!("{s} 10")], &["renewal"]);
    check(&[&format!("{u} 10"), &format!("{p} 10")], &["special"]);
    check(&[], &["total", "renewal", "practical", "special"]);
}

#[test]
fn missing_credits_are_said_in_sentences() {
    let credits = vec![lifelong("a 2025-06-01 更新 1.5"), lifelong("b 2024-02-10 専門 3")];
    let evaluation = occupational_renewal(&renewal("2026-11-22", credits));
    assert_eq!(evaluation.missing, ["生涯研修があと15.5単位必要です", "実地研修があと1単位必要です"]);
    assert_eq!(have(&evaluation, "total"), "4.5");
    assert_eq!(have(&evaluation, "practical"), "0");
}

#[test]
fn both_ends_of_the_validity_count() {
    for (date, counts) in
        [("2022-03-31", false), ("2022-04-01", true), ("2027-03-31", true), ("2027-04-01", false)]
    {
        let credits = vec![lifelong(&format!("a {date} 更新 1"))];
        let evaluation = occupational_renewal(&renewal("2027-04-02", credits));
        let expected: &[_] = if counts { &[] } else { &[("a", Reason::OutsideValidity)] };
        assert_eq!(reasons(&evaluation), expected, "{date}");
    }
}

#[test]
fn a_renewal_is_asked_for_until_the_window_ends() {
    let check = |on: &str, change: &dyn Fn(&mut Facts), expected: &[&str]| {
        let mut facts = renewal(on, twenty());
        change(&mut facts);
        assert_eq!(unmet(&occupational_renewal(&facts)), expected, "{on}");
    };
    let plain = |_: &mut Facts| ();
    let ill = |facts: &mut Facts| facts.grace = Some(Grace::Illness);
    let measure = |until: &'static str| {
        move |facts: &mut Facts| {
            facts.special_measures = vec![SpecialMeasure { id: "covid19".into(), until: day(until) }]
        }
    };
    let late = &["application_window"];
    check("2027-03-31", &plain, &[]);
    check("2027-04-01", &plain, late);
    check("2027-09-30", &ill, &[]);
    check("2027-10-01", &ill, late);
    check("2028-03-31", &measure("2028-03-31"), &[]);
    check("2028-04-01", &measure("2028-03-31"), late);
    // A measure that ends earlier takes nothing away.
    check("2027-03-31", &measure("2025-12-31"), &[]);
    let both = |facts: &mut Facts| {
        ill(facts);
        measure("2027-06-30")(facts);
    };
    check("2027-09-30", &both, &[]);
}

#[test]
fn six_months_of_grace_stop_at_the_end_of_the_month() {
    for (until, last) in [("2026-08-31", "2027-02-28"), ("2027-08-31", "2028-02-29")] {
        let facts = |on: Day| Facts {
            validity: period("2022-09-01", until),
            grace: Some(Grace::Abroad),
            credits: twenty(),
            ..Facts::on(on)
        };
        assert!(occupational_renewal(&facts(day(last))).eligible);
        let after = occupational_renewal(&facts(day(last).next()));
        assert_eq!(unmet(&after), ["application_window"]);
    }
}

#[test]
fn credits_after_the_printed_expiry_count_under_a_special_measure() {
    let mut facts = Facts {
        validity: period("2016-04-01", "2021-03-31"),
        credits: twenty(),
        ..Facts::on(day("2026-11-22"))
    };
    assert!(!occupational_renewal(&facts).eligible);
    facts.special_measures = vec![SpecialMeasure { id: "covid19".into(), until: day("2028-03-31") }];
    assert!(occupational_renewal(&facts).eligible);
}

#[test]
fn what_does_not_count_has_its_reason() {
    let paper = |text: &str| Credit { source: Source::Paper, confirmed: true, ..lifelong(text) };
    let titled = |text: &str| Credit { title: Some("産業保健の動向".into()), ..lifelong(text) };
    let check = |credits: Vec<Credit>, expected: &[(&str, Reason)]| {
        let evaluation = occupational_renewal(&renewal("2026-11-22", credits));
        assert_eq!(reasons(&evaluation), expected);
    };
    let day = "2025-06-01";
    check(vec![basic("a 2025-06-01 実地 1")], &[("a", Reason::WrongCourse)]);
    check(vec![lifelong("a 2025-06-01 前期 1")], &[("a", Reason::WrongCourse)]);
    check(vec![plain("a 2025-06-01 専門 1")], &[]);
    check(vec![plain("a 2025-06-01 実地 1")], &[("a", Reason::WrongCourse)]);
    let sports = Credit { scheme: Some(Scheme::SportsPhysician), ..lifelong("a 2025-06-01 更新 1") };
    check(vec![sports], &[("a", Reason::WrongScheme)]);
    check(vec![paper("a 2025-03-31 更新 1")], &[]);
    check(vec![paper("a 2025-04-01 更新 1")], &[("a", Reason::PaperAfterCutoff)]);
    check(vec![lifelong("a 2026-11-22 更新 1")], &[]);
    check(vec![lifelong("a 2026-11-23 更新 1")], &[("a", Reason::Future)]);
    let again = format!("a {day} 更新 1");
    check(vec![lifelong(&again), lifelong(&again)], &[("a", Reason::Duplicate)]);
    let (one, two) = (format!("a {day} 更新 1"), format!("b {day} 更新 1"));
    check(vec![titled(&one), titled(&two)], &[("b", Reason::Duplicate)]);
    // Another category, another day or no title: another course.
    check(vec![titled(&one), titled(&format!("b {day} 専門 1"))], &[]);
    check(vec![titled(&one), titled("b 2025-06-02 更新 1")], &[]);
    check(vec![lifelong(&one), lifelong(&two)], &[]);
}

#[test]
fn of_duplicates_the_largest_counts() {
    let titled = |text: &str| Credit { title: Some("産業保健の動向".into()), ..lifelong(text) };
    let credits = vec![titled("a 2025-06-01 更新 1"), titled("b 2025-06-01 更新 3")];
    let evaluation = occupational_renewal(&renewal("2026-11-22", credits));
    assert_eq!(have(&evaluation, "total"), "3");
    assert_eq!(reasons(&evaluation), [("a", Reason::Duplicate)]);
}

#[test]
fn unconfirmed_paper_makes_it_provisional() {
    let mut credits = twenty();
    credits[2].date = day("2025-03-31");
    credits[2].source = Source::Paper;
    let mut facts = renewal("2026-11-22", credits);
    let evaluation = occupational_renewal(&facts);
    assert!(evaluation.eligible && evaluation.provisional);
    assert_eq!(reasons(&evaluation), [("c", Reason::UnconfirmedPaper)]);
    let total = &evaluation.requirements[0];
    assert_eq!((total.have.as_str(), total.have_confirmed.as_str()), ("20", "10"));

    facts.credits[2].confirmed = true;
    let evaluation = occupational_renewal(&facts);
    assert!(evaluation.eligible && !evaluation.provisional);
    assert_eq!(reasons(&evaluation), []);

    // Enough without it: nothing is provisional.
    facts.credits[2].confirmed = false;
    facts.credits.push(lifelong("d 2026-06-01 専門 10"));
    let evaluation = occupational_renewal(&facts);
    assert!(evaluation.eligible && !evaluation.provisional);
}

// ---- 認定産業医 新規 -----------------------------------------------------------------------------

const ITEMS: [(&str, &str); 8] = [
    ("総論", "2"),
    ("健康管理", "2"),
    ("メンタルヘルス対策", "1"),
    ("健康保持増進", "1"),
    ("作業環境管理", "2"),
    ("作業管理", "2"),
    ("有害業務管理", "2"),
    ("産業医活動の実際", "2"),
];

fn fifty() -> Vec<Credit> {
    let mut credits: Vec<Credit> = ITEMS
        .iter()
        .map(|(item, amount)| basic(&format!("{item} 2020-05-01 前期/{item} {amount}")))
        .collect();
    credits.push(basic("p 2020-06-01 実地 10"));
    credits.push(basic("s 2021-11-22 後期 26"));
    credits
}

fn occupational_initial(facts: &Facts) -> Evaluation {
    judge(Scheme::OccupationalPhysician, Kind::Initial, facts)
}

fn initial(on: &str, credits: Vec<Credit>) -> Facts {
    Facts { credits, ..Facts::on(day(on)) }
}

#[test]
fn occupational_initial_needs_50_with_every_item() {
    let check = |change: &dyn Fn(&mut Vec<Credit>), expected: &[&str]| {
        let mut credits = fifty();
        change(&mut credits);
        let evaluation = occupational_initial(&initial("2026-11-22", credits));
        assert_eq!(unmet(&evaluation), expected);
    };
    let set = |id: &'static str, amount: &'static str| {
        move |credits: &mut Vec<Credit>| {
            let credit = credits.iter_mut().find(|credit| credit.id == id);
            credit.expect("a credit of the fifty").amount = amount.parse().expect("an amount");
        }
    };
    check(&|_| (), &[]);
    check(&set("s", "25.5"), &["total", "second_term"]);
    check(&set("p", "9"), &["total", "practical"]);
    check(&set("総論", "1"), &["total", "first_term", "item:総論"]);
    // Surplus in one item does not replace another.
    let shifted = |credits: &mut Vec<Credit>| {
        set("総論", "1")(credits);
        set("健康管理", "3")(credits);
    };
    check(&shifted, &["item:総論"]);
    // Nor does surplus in 後期 replace 実地.
    let without_practical = |credits: &mut Vec<Credit>| {
        set("p", "0")(credits);
        set("s", "36")(credits);
    };
    check(&without_practical, &["practical"]);
    let lifelong_instead = |credits: &mut Vec<Credit>| {
        credits[8] = lifelong("p 2020-06-01 実地 10");
    };
    check(&lifelong_instead, &["total", "practical"]);
}

#[test]
fn an_initial_application_is_made_within_five_years_of_the_last_basic_course() {
    for (last, on, in_time) in [
        ("2021-11-22", "2026-11-22", true),
        ("2021-11-21", "2026-11-22", false),
        ("2020-02-29", "2025-02-28", true),
        ("2020-02-29", "2025-03-01", false),
    ] {
        let mut credits = fifty();
        for credit in &mut credits {
            credit.date = credit.date.min(day(last));
        }
        credits[9].date = day(last);
        let evaluation = occupational_initial(&initial(on, credits));
        let expected: &[&str] = if in_time { &[] } else { &["application_window"] };
        assert_eq!(unmet(&evaluation), expected, "{last} {on}");
    }
}

#[test]
fn the_uoeh_courses_replace_the_credits_for_five_years() {
    for kind in [WaiverKind::UoehBasicCourse, WaiverKind::UoehSummerIntensive] {
        for (date, on, expected) in [
            ("2021-11-22", "2026-11-22", true),
            ("2021-11-22", "2026-11-23", false),
            ("2026-11-23", "2026-11-22", false),
        ] {
            let mut facts = initial(on, vec![]);
            facts.waivers = vec![Waiver { kind, date: Some(day(date)) }];
            assert_eq!(occupational_initial(&facts).eligible, expected, "{date} {on}");
        }
    }
}

#[test]
fn a_waiver_that_ran_out_does_not_harm_complete_credits() {
    let mut facts = initial("2026-11-22", fifty());
    facts.waivers = vec![Waiver { kind: WaiverKind::UoehBasicCourse, date: Some(day("2010-03-31")) }];
    assert!(occupational_initial(&facts).eligible);
    facts.credits.clear();
    let evaluation = occupational_initial(&facts);
    assert!(unmet(&evaluation).contains(&"application_window"));
    assert!(unmet(&evaluation).contains(&"total"));
}

#[test]
fn a_waiver_of_another_scheme_replaces_nothing() {
    let mut facts = initial("2026-11-22", vec![]);
    facts.waivers = vec![Waiver { kind: WaiverKind::JoaSportsPhysician, date: Some(day("2026-01-01")) }];
    assert!(!occupational_initial(&facts).eligible);
    assert!(judge(Scheme::SportsPhysician, Kind::Initial, &facts).eligible);
}

#[test]
fn subjects_of_one_day_under_one_title_are_no_duplicates() {
    let mut credits = fifty();
    for credit in &mut credits {
        credit.title = Some("産業医学基礎研修会".into());
    }
    assert!(occupational_initial(&initial("2026-11-22", credits)).eligible);
}

// ---- 認定健康スポーツ医 --------------------------------------------------------------------------

fn subjects() -> Vec<Credit> {
    let first = (1..=13).map(|number| format!("前期{number}"));
    let second = (1..=12).map(|number| format!("後期{number}"));
    first.chain(second).map(|item| plain(&format!("{item} 2024-06-01 /{item} 1"))).collect()
}

#[test]
fn sports_initial_needs_all_25_subjects() {
    let check = |credits: Vec<Credit>, have_subjects: &str, missing: &[&str]| {
        let facts = initial("2026-11-22", credits);
        let evaluation = judge(Scheme::SportsPhysician, Kind::Initial, &facts);
        assert_eq!(have(&evaluation, "subjects"), have_subjects);
        assert_eq!(evaluation.missing, missing);
    };
    check(subjects(), "25", &[]);
    let without = |gone: &[&str]| {
        let mut credits = subjects();
        credits.retain(|credit| !gone.contains(&credit.id.as_str()));
        credits
    };
    check(
        without(&["前期2", "後期12"]),
        "23",
        &["健康スポーツ医学講習会の受講があと2科目必要です（前期2、後期12）"],
    );
    // A subject heard for half an hour is not heard.
    let mut half = subjects();
    half[0].amount = "0.5".parse().expect("an amount");
    check(half, "24", &["健康スポーツ医学講習会の受講があと1科目必要です（前期1）"]);
}

#[test]
fn sports_renewal_needs_5_credits_and_an_activity() {
    let check = |amount: &str, activities: &[&str], expected: &[&str]| {
        let mut facts = renewal("2026-11-22", vec![plain(&format!("a 2025-06-01  {amount}"))]);
        facts.activities =
            activities.iter().map(|date| Activity { kind: "学校医".into(), date: day(date) }).collect();
        let evaluation = judge(Scheme::SportsPhysician, Kind::Renewal, &facts);
        assert_eq!(unmet(&evaluation), expected);
    };
    check("5", &["2025-10-01"], &[]);
    check("4.5", &["2025-10-01"], &["total"]);
    check("5", &[], &["activity"]);
    check("5", &["2022-03-31"], &["activity"]);
    check("5", &["2022-04-01"], &[]);
    check("5", &["2026-12-01"], &["activity"]);
}

#[test]
fn subjects_of_the_initial_course_do_not_renew() {
    let facts = renewal("2026-11-22", vec![plain("a 2025-06-01 /前期1 5")]);
    let evaluation = judge(Scheme::SportsPhysician, Kind::Renewal, &facts);
    assert_eq!(reasons(&evaluation), [("a", Reason::WrongCourse)]);
    let facts = initial("2026-11-22", vec![plain("a 2025-06-01  5")]);
    let evaluation = judge(Scheme::SportsPhysician, Kind::Initial, &facts);
    assert_eq!(reasons(&evaluation), [("a", Reason::WrongCourse)]);
}
