//! The schemes counted by documents: 生涯教育, かかりつけ医 and 専門医共通講習.

use mamis_rules::base::{Credits, Day, FiscalYear};
use mamis_rules::credit::{Credit, Kind, Scheme, Source, evaluate_document, learned, rule_set};
use serde_json::{Value, json};

/// Evaluates a document of that scheme and kind, asked for on 2026-11-22 unless it says otherwise.
fn judge(scheme: &str, kind: &str, fields: Value) -> Value {
    let mut document = json!({"scheme": scheme, "kind": kind, "on": "2026-11-22", "credits": []});
    for (name, value) in fields.as_object().expect("fields of a document") {
        document[name] = value.clone();
    }
    let answer = evaluate_document(&document.to_string()).expect("a well-formed document");
    serde_json::from_str(&answer).expect("the answer is JSON")
}

fn unmet(answer: &Value) -> Vec<&str> {
    let requirements = answer["requirements"].as_array().expect("requirements");
    requirements
        .iter()
        .filter(|requirement| requirement["met"] == false)
        .map(|requirement| requirement["id"].as_str().expect("an id"))
        .collect()
}

fn have<'a>(answer: &'a Value, id: &str) -> &'a str {
    let requirements = answer["requirements"].as_array().expect("requirements");
    let found = requirements.iter().find(|requirement| requirement["id"] == id);
    found.expect("the requirement is asked")["have"].as_str().expect("a text")
}

fn reasons(answer: &Value) -> Vec<(&str, &str)> {
    let not_counted = answer["not_counted"].as_array().expect("not_counted");
    not_counted
        .iter()
        .map(|credit| {
            let word = |name: &str| credit[name].as_str().expect("a text");
            (word("id"), word("reason"))
        })
        .collect()
}

// ---- 日医生涯教育制度 ----------------------------------------------------------------------------

fn talk(id: &str, date: &str, amount: &str, codes: &[u16]) -> Value {
    json!({"id": id, "date": date, "source": "training", "amount": amount, "curriculum_codes": codes})
}

fn codes(range: std::ops::Range<u16>) -> Vec<u16> {
    range.collect()
}

#[test]
fn the_cme_certificate_is_earned_with_60_credits_and_codes() {
    let check = |amount: &str, codes: &[u16], sum: &str, eligible: bool| {
        let credits = [talk("a", "2024-06-01", amount, codes)];
        let answer = judge("cme", "certificate", json!({"credits": credits}));
        assert_eq!(have(&answer, "credits_plus_codes"), sum);
        assert_eq!(answer["eligible"], eligible);
    };
    check("38.5", &codes(1..23), "60.5", true);
    check("38", &codes(1..23), "60", true);
    check("37.5", &codes(1..23), "59.5", false);
    check("60", &[], "60", true);
    check("0", &codes(0..60), "60", true);
}

#[test]
fn the_same_code_is_added_once_and_84_is_0() {
    let credits = [
        talk("a", "2023-06-01", "1", &[12, 0]),
        talk("b", "2024-06-01", "1", &[12]),
        talk("c", "2025-06-01", "1", &[84]),
    ];
    let answer = judge("cme", "certificate", json!({"credits": credits}));
    assert_eq!(have(&answer, "credits_plus_codes"), "5");
    assert_eq!(answer["missing"], json!(["3年度の単位数とカリキュラムコード数の合計があと55必要です"]));
}

#[test]
fn the_last_three_complete_fiscal_years_count() {
    let check = |on: &str, years: Value, counted: &[&str]| {
        let credits = [
            talk("a", "2022-04-01", "1", &[]),
            talk("b", "2023-03-31", "1", &[]),
            talk("c", "2023-04-01", "1", &[]),
            talk("d", "2026-03-31", "1", &[]),
            talk("e", "2026-04-01", "1", &[]),
        ];
        let fields = json!({"on": on, "credits": credits, "fiscal_years": years});
        let answer = judge("cme", "certificate", fields);
        assert_eq!(answer["counted"], json!(counted), "{on}");
        for (_, reason) in reasons(&answer) {
            assert!(["outside_window", "future"].contains(&reason));
        }
    };
    check("2026-11-22", Value::Null, &["c", "d"]);
    check("2026-04-01", Value::Null, &["c", "d"]);
    // On its last day a fiscal year is not complete.
    check("2026-03-31", Value::Null, &["a", "b", "c"]);
    check("2026-11-22", json!([2022, 2023, 2024]), &["a", "b", "c"]);
    check("2026-11-22", json!([2026, 2025, 2024]), &["d", "e"]);
}

#[test]
fn what_physicians_declare_is_capped_by_year_but_its_codes_count() {
    let declared = |id: &str, date: &str, code: u16| {
        json!({"id": id, "date": date, "source": "self_report", "category": "論文執筆",
               "amount": "5", "curriculum_codes": [code]})
    };
    let credits =
        [declared("a", "2024-05-01", 1), declared("b", "2024-06-01", 2), declared("c", "2025-05-01", 3)];
    let answer = judge("cme", "certificate", json!({"credits": credits}));
    assert_eq!(have(&answer, "credits_plus_codes"), "13");
    assert_eq!(reasons(&answer), [("b", "over_cap")]);
}

#[test]
fn a_talk_entered_twice_gives_its_credits_once() {
    let entry = |id: &str, source: &str| {
        json!({"id": id, "date": "2024-05-01", "source": source, "title": "糖尿病の最新治療",
               "amount": "1", "curriculum_codes": [76]})
    };
    let credits = [entry("a", "training"), entry("b", "self_report")];
    let answer = judge("cme", "certificate", json!({"credits": credits}));
    assert_eq!(have(&answer, "credits_plus_codes"), "2");
    assert_eq!(reasons(&answer), [("b", "duplicate")]);
}

/// What a credit statement of 2025年度 says, asked for on 2025-12-01 and after the year.
#[test]
fn a_year_of_learning_counts_its_credits_within_the_caps_and_each_code_once() {
    let day = |text: &str| Day::parse(text).expect("a day");
    let credit = |id: &str, date: &str, half: i64, code: Option<u16>, category: &str| Credit {
        id: id.to_owned(),
        date: day(date),
        source: Source::Training,
        scheme: Some(Scheme::Cme),
        course: None,
        category: (!category.is_empty()).then(|| category.to_owned()),
        item: None,
        amount: Credits::from_hundredths(half * 50),
        curriculum_codes: code.into_iter().collect(),
        title: Some(format!("演題{id}")),
        confirmed: false,
    };
    let all = vec![
        credit("before", "2025-03-31", 2, Some(1), ""),
        credit("first", "2025-04-01", 3, Some(1), ""),
        credit("same-code", "2025-06-01", 2, Some(1), ""),
        credit("old-code", "2025-06-02", 1, Some(84), ""),
        credit("code-0", "2025-06-03", 1, Some(0), ""),
        credit("teaching", "2025-07-01", 9, None, "臨床実習指導"),
        credit("teaching-more", "2025-08-01", 3, None, "臨床実習指導"),
        credit("winter", "2026-01-10", 2, Some(12), ""),
        credit("after", "2026-04-01", 2, Some(13), ""),
        Credit {
            scheme: Some(Scheme::OccupationalPhysician),
            ..credit("other", "2025-05-01", 2, None, "専門")
        },
    ];
    let rules = rule_set(Scheme::Cme, Kind::Certificate, day("2026-11-22")).expect("in force");
    let ask = |on: &str| learned(rules, all.clone(), FiscalYear(2025), day(on));
    let whole = ask("2026-04-30");
    // 1.5 + 1 + 0.5 + 0.5 + (4.5 + 0.5 of 1.5) + 1
    assert_eq!(whole.total, Credits::from_hundredths(950));
    assert_eq!(whole.codes.iter().copied().collect::<Vec<_>>(), [0, 1, 12]);
    assert_eq!(whole.allowed["teaching-more"], Credits::from_hundredths(50), "5 a year");
    assert!(["before", "after", "other"].iter().all(|id| !whole.allowed.contains_key(*id)));
    let running = ask("2025-12-01");
    assert_eq!(running.total, Credits::from_hundredths(850));
    assert_eq!(running.codes.len(), 2, "what lies ahead does not count yet");
    let none = learned(rules, Vec::new(), FiscalYear(2025), day("2026-04-30"));
    assert_eq!((none.total, none.codes.len()), (Credits::ZERO, 0));
}

// ---- 日医かかりつけ医機能研修制度 ----------------------------------------------------------------

fn lectures(groups: &[&str], amount: &str) -> Vec<Value> {
    let lecture = |(at, group): (usize, &&str)| {
        json!({"id": format!("l{at}"), "date": "2025-06-01", "source": "training",
               "item": group, "title": format!("講義{at}"), "amount": amount})
    };
    groups.iter().enumerate().map(lecture).collect()
}

const ALL_GROUPS: &[&str] = &["①", "②", "③", "④", "⑤", "⑥", "①", "②", "③", "④"];

fn kakaritsuke(change: impl Fn(&mut Value)) -> Value {
    let mut fields = json!({
        "validity": {"from": "2024-01-01", "until": "2026-12-31"},
        "holds": ["cme"],
        "activities": [
            {"kind": "学校医", "date": "2024-05-01"}, {"kind": "在宅医療", "date": "2025-05-01"}],
        "credits": lectures(ALL_GROUPS, "1"),
    });
    change(&mut fields);
    judge("kakaritsuke", "certificate", fields)
}

#[test]
fn kakaritsuke_needs_the_cme_certificate_10_credits_each_group_and_two_activities() {
    let check = |change: &dyn Fn(&mut Value), expected: &[&str]| {
        assert_eq!(unmet(&kakaritsuke(change)), expected);
    };
    check(&|_| (), &[]);
    check(&|fields| fields["holds"] = json!([]), &["cme_certificate"]);
    check(&|fields| fields["credits"] = json!(lectures(&ALL_GROUPS[..9], "1")), &["total"]);
    check(&|fields| fields["credits"] = json!(lectures(&ALL_GROUPS[1..], "2")), &[]);
    check(&|fields| fields["credits"] = json!(lectures(&["①", "②", "④", "⑤", "⑥"], "2")), &["group:③"]);
    let one = json!({"kind": "学校医", "date": "2024-05-01"});
    check(&|fields| fields["activities"] = json!([one]), &["activity"]);
    check(&|fields| fields["activities"] = json!([one, one]), &["activity"]);
    let old = json!({"kind": "在宅医療", "date": "2023-12-31"});
    check(&|fields| fields["activities"] = json!([one, old]), &["activity"]);
}

#[test]
fn the_same_lecture_counts_twice_at_most() {
    let answer = kakaritsuke(|fields| {
        let credits = fields["credits"].as_array_mut().expect("credits");
        for (at, credit) in credits.iter_mut().skip(6).enumerate() {
            credit["title"] = json!("かかりつけ医の倫理");
            credit["date"] = json!(format!("2025-07-0{}", at + 1));
        }
    });
    assert_eq!(have(&answer, "total"), "8");
    assert_eq!(reasons(&answer), [("l8", "same_title_limit"), ("l9", "same_title_limit")]);
    assert_eq!(unmet(&answer), ["total"]);
}

#[test]
fn a_lecture_outside_the_six_groups_does_not_count() {
    let answer = kakaritsuke(|fields| fields["credits"][9]["item"] = json!("⑦"));
    assert_eq!(reasons(&answer), [("l9", "wrong_course")]);
}

// ---- かかりつけ医機能報告制度にかかる研修 --------------------------------------------------------

#[test]
fn the_report_needs_knowledge_and_practice() {
    let check = |amount: &str, activities: usize, expected: &[&str]| {
        let credits = json!([{"id": "a", "date": "2025-06-01", "source": "elearning",
            "scheme": "cme", "amount": amount, "curriculum_codes": [1]}]);
        let activity = json!({"kind": "休日夜間診療", "date": "2025-06-01"});
        let fields = json!({"credits": credits, "activities": vec![activity; activities]});
        assert_eq!(unmet(&judge("kakaritsuke_report", "certificate", fields)), expected);
    };
    check("10", 1, &[]);
    check("9.5", 1, &["total"]);
    check("10", 0, &["activity"]);
}

#[test]
fn without_a_period_the_report_looks_at_three_years() {
    let credits = json!([
        {"id": "a", "date": "2023-11-22", "source": "training", "amount": "1"},
        {"id": "b", "date": "2023-11-23", "source": "training", "amount": "1"},
        {"id": "c", "date": "2026-11-22", "source": "training", "amount": "1"}]);
    let answer = judge("kakaritsuke_report", "certificate", json!({"credits": credits}));
    assert_eq!(answer["counted"], json!(["b", "c"]));
    assert_eq!(reasons(&answer), [("a", "outside_window")]);
}

// ---- 専門医共通講習 ------------------------------------------------------------------------------

const A: [&str; 3] = ["医療安全", "感染対策", "医療倫理"];
const B: [&str; 5] = ["医療法制", "地域医療", "医療福祉制度", "医療経済", "両立支援"];

fn heard(categories: &[&str]) -> Vec<Value> {
    let credit = |(at, category): (usize, &&str)| {
        json!({"id": format!("s{at:02}"), "date": "2024-06-01", "source": "training",
               "category": category, "amount": "1"})
    };
    categories.iter().enumerate().map(credit).collect()
}

fn record(until: &str, credits: Vec<Value>) -> Value {
    let validity = json!({"from": "2021-04-01", "until": until});
    judge("specialist_common", "record", json!({"validity": validity, "credits": credits}))
}

#[test]
fn mandatory_b_is_asked_of_renewals_from_fiscal_2026() {
    assert_eq!(record("2026-03-31", heard(&A))["eligible"], true);
    let answer = record("2026-04-01", heard(&A));
    let expected: Vec<String> = B.iter().map(|name| format!("mandatory:{name}")).collect();
    assert_eq!(unmet(&answer), expected);
    assert_eq!(record("2026-04-01", heard(&[&A[..], &B].concat()))["eligible"], true);
    assert_eq!(unmet(&record("2026-03-31", heard(&A[1..]))), ["mandatory:医療安全"]);
}

#[test]
fn at_most_ten_count_and_the_mandatory_come_first() {
    let many = ["医療安全"; 9];
    let answer = record("2027-03-31", heard(&[&many[..], &A[1..], &B].concat()));
    assert_eq!(answer["eligible"], true);
    assert_eq!(answer["counted"].as_array().map(Vec::len), Some(10));
    let over: Vec<_> = reasons(&answer);
    assert_eq!(over.len(), 6);
    assert!(over.iter().all(|(_, reason)| *reason == "over_cap"));
    assert_eq!(answer["not_counted"][0]["message"], "数えられるのは合わせて10単位までです");
}

#[test]
fn a_category_is_known_under_its_long_name_too() {
    let long = ["医療法制（医療制度と法律）", "医療経済（保険医療など）"];
    let answer = record("2027-03-31", heard(&[&A[..], &B[1..3], &B[4..], &long].concat()));
    assert_eq!(answer["eligible"], true);
}
