//! The contract of `mamis evaluate`: what is read, what is refused, what is written.

use mamis_rules::credit::evaluate_document;
use serde_json::{Value, json};

fn sample() -> Value {
    json!({
        "scheme": "occupational_physician", "kind": "renewal", "on": "2026-11-22",
        "validity": {"from": "2022-04-01", "until": "2027-03-31"},
        "credits": [
            {"id": "a", "date": "2025-06-01", "source": "training", "course": "lifelong",
             "category": "更新", "amount": "1.5", "title": "産業保健の動向"},
            {"id": "b", "date": "2024-02-10", "source": "paper", "course": "lifelong",
             "category": "専門", "amount": "3", "confirmed": true}],
        "activities": [], "waivers": [], "special_measures": []
    })
}

fn answer(document: &Value) -> Value {
    let answer = evaluate_document(&document.to_string()).expect("a well-formed document");
    serde_json::from_str(&answer).expect("the answer is JSON")
}

#[test]
fn the_answer_has_the_shape_that_was_agreed() {
    let mut document = sample();
    let outside = json!({"id": "c", "date": "2022-03-31", "source": "training",
        "course": "lifelong", "category": "実地", "amount": "1"});
    document["credits"].as_array_mut().expect("a list").push(outside);
    assert_eq!(
        answer(&document),
        json!({
            "eligible": false,
            "provisional": false,
            "rule_version": "occupational_physician-2025-04-01",
            "requirements": [
                {"id": "total", "name": "生涯研修 合計", "need": "20", "have": "4.5", "met": false},
                {"id": "renewal", "name": "更新", "need": "1", "have": "1.5", "met": true},
                {"id": "practical", "name": "実地", "need": "1", "have": "0", "met": false},
                {"id": "special", "name": "専門", "need": "1", "have": "3", "met": true},
                {"id": "application_window", "name": "申請できる期間",
                 "need": "2027-03-31", "have": "2026-11-22", "met": true}
            ],
            "missing": ["生涯研修があと15.5単位必要です", "実地研修があと1単位必要です"],
            "counted": ["a", "b"],
            "not_counted": [
                {"id": "c", "reason": "outside_validity", "message": "有効期間外の受講です"}]
        })
    );
}

#[test]
fn what_is_malformed_is_refused_by_the_name_of_its_field() {
    let check = |pointer: &str, value: Value, field: &str| {
        let mut document = sample();
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let parent = document.pointer_mut(parent).expect("the parent is there");
        match (parent, value) {
            (Value::Object(fields), Value::Null) => drop(fields.remove(name)),
            (Value::Object(fields), value) => drop(fields.insert(name.to_owned(), value)),
            (parent, value) => parent[name.parse::<usize>().expect("an index")] = value,
        }
        let refused = evaluate_document(&document.to_string()).expect_err(pointer);
        assert_eq!(refused.field, field, "{refused}");
        assert!(refused.to_string().contains(field));
    };
    for needed in ["scheme", "kind", "on", "credits", "validity"] {
        check(&format!("/{needed}"), Value::Null, needed);
    }
    for needed in ["id", "date", "amount"] {
        check(&format!("/credits/0/{needed}"), Value::Null, &format!("credits[0].{needed}"));
    }
    check("/colour", json!("blue"), "colour");
    check("/credits/1/colour", json!("blue"), "credits[1].colour");
    check("/validity/colour", json!("blue"), "validity.colour");
    check("/scheme", json!("occupational"), "scheme");
    check("/kind", json!("certificate"), "kind");
    check("/on", json!("22.11.2026"), "on");
    check("/on", json!("2026-02-29"), "on");
    check("/validity/until", json!("2022-03-31"), "validity.until");
    for amount in [json!("-1"), json!("1.555"), json!(1.5), json!("one"), json!(""), json!(" 1")] {
        check("/credits/0/amount", amount, "credits[0].amount");
    }
    check("/credits/0/source", json!("rumour"), "credits[0].source");
    check("/credits/0/course", json!("advanced"), "credits[0].course");
    check("/credits/0/scheme", json!("golf"), "credits[0].scheme");
    check("/credits/1/confirmed", json!("yes"), "credits[1].confirmed");
    check("/credits/0/curriculum_codes", json!([1, 85]), "credits[0].curriculum_codes[1]");
    check("/credits/0/curriculum_codes", json!([1.5]), "credits[0].curriculum_codes[0]");
    check("/credits/0", json!("a"), "credits[0]");
    check("/credits", json!({}), "credits");
    check("/grace", json!({"reason": "holiday"}), "grace.reason");
    check("/grace", json!({}), "grace.reason");
    check("/special_measures", json!([{"id": "covid19"}]), "special_measures[0].until");
    check("/activities", json!([{"kind": "学校医"}]), "activities[0].date");
    check("/waivers", json!([{"kind": "luck", "date": "2026-01-01"}]), "waivers[0].kind");
    check("/waivers", json!([{"kind": "uoeh_basic_course"}]), "waivers[0].date");
    check("/holds", json!(["driving"]), "holds[0]");
    for years in [json!([2023, 2025, 2026]), json!([2023]), json!([2023, 2023, 2024])] {
        check("/fiscal_years", years, "fiscal_years");
    }
    check("/fiscal_years", json!([2023, "2024", 2025]), "fiscal_years[1]");
}

#[test]
fn what_is_no_json_object_is_refused() {
    for text in ["", "{", "[]", "7", "{} {}"] {
        let refused = evaluate_document(text).expect_err(text);
        assert!(["JSON", "scheme"].contains(&refused.field.as_str()), "{refused}");
    }
}

#[test]
fn fields_of_other_schemes_may_stand_empty() {
    let mut document = sample();
    document["grace"] = Value::Null;
    document["fiscal_years"] = Value::Null;
    document["holds"] = json!([]);
    assert_eq!(answer(&document), answer(&sample()));
}

#[test]
fn the_examples_of_the_documentation_are_answered_as_it_says() {
    let page = include_str!("../../../docs/evaluate.md");
    let blocks: Vec<Value> = page
        .split("```json\n")
        .skip(1)
        .map(|rest| rest.split("```").next().expect("a block ends"))
        .map(|block| serde_json::from_str(block).expect("JSON"))
        .collect();
    let pairs: Vec<_> = blocks.chunks_exact(2).collect();
    assert_eq!(pairs.len() * 2, blocks.len(), "each question has its answer");
    assert!(!pairs.is_empty());
    for pair in pairs {
        assert_eq!(answer(&pair[0]), pair[1], "{}", pair[0]);
    }
}
