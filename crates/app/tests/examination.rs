//! Examining one by one: who may, what is written, and two officers at once.

use crate::office::{application, body, decide_unasked, officer, state, waiting};
use mamis_app::desk::lists::applications::{self, Doubt, Filter, View};
use mamis_app::examination::actions::{
    Choice, Compared, Findings, Handbook, compare_paper, decide, move_handbook, record_fee,
};
use mamis_app::examination::{Checklist, lists};
use mamis_app::testing::{each_world, now};
use mamis_app::{App, Error};
use mamis_rules::base::{ApplicationId, Day};
use mamis_rules::flow::certification::State;
use mamis_schema::{audit_entry, batch_item, credit, decision, examination, outbox, paper_credit};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

fn thorough() -> Findings {
    let checklist = Checklist { identity: true, credits: true, ..Checklist::default() };
    Findings { checklist, remarks: "手帳の記載に訂正印があります。".to_owned() }
}

async fn decisions(app: &App, id: ApplicationId) -> u64 {
    let of = decision::Column::Application.eq(Uuid::from(id));
    decision::Entity::find().filter(of).count(app.db.read()).await.expect("counts")
}

#[tokio::test]
async fn of_two_officers_at_once_one_decides_and_the_other_reads_what_was_done() {
    each_world(|app| async move {
        let (first, second) = (officer(&app, "fujisawa-cert").await, officer(&app, "fujisawa-cert").await);
        for id in waiting(&app, "142051", 3).await {
            let (found, comment) = (thorough(), "写真を添付してください。");
            let (one, other) = tokio::join!(
                decide(&first, id, 1, &found, Choice::Ok, ""),
                decide(&second, id, 1, &found, Choice::Return, comment),
            );
            assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
            let late = one.err().or(other.err()).expect("one came second");
            let Error::Stale(sentence) = &late else { panic!("{late:?}") };
            assert!(sentence.contains("浜野 大地さん"), "{sentence}");
            assert!(sentence.contains("審査（適）") || sentence.contains("差戻し"), "{sentence}");
            assert_eq!(decisions(&app, id).await, 1, "one decision");
        }
    })
    .await;
}

/// Whatever was decided first, also where it took the application off the office's desk.
#[tokio::test]
async fn whoever_comes_second_reads_what_was_done() {
    each_world(|app| async move {
        let (first, second) = (officer(&app, "fujisawa-cert").await, officer(&app, "fujisawa-cert").await);
        for (id, choice) in waiting(&app, "142051", 2).await.into_iter().zip([Choice::Return, Choice::Ok]) {
            let found = thorough();
            decide(&first, id, 1, &found, choice, "写真を添付してください。").await.expect("is first");
            let late = decide(&second, id, 1, &found, Choice::Ok, "").await.expect_err("is second");
            assert!(matches!(late, Error::Stale(_)), "{late:?}");
        }
    })
    .await;
}

/// The control for the test above: the same two writes without the version's condition decide twice.
#[tokio::test]
async fn without_the_version_both_would_decide() {
    each_world(|app| async move {
        let id = waiting(&app, "142051", 1).await[0];
        let read = application(&app, id).await;
        for (command, to) in [("examine_ok", "municipal_board"), ("return", "returned_by_municipal")] {
            decide_unasked(&app, &read, command, to).await;
        }
        assert_eq!(decisions(&app, id).await, 2, "the control shows the double decision");
    })
    .await;
}

#[tokio::test]
async fn an_examined_application_waits_in_the_next_batch_and_a_returned_one_leaves_it() {
    each_world(|app| async move {
        let cx = officer(&app, "fujisawa-cert").await;
        let ids = waiting(&app, "142051", 2).await;
        decide(&cx, ids[0], 1, &thorough(), Choice::Ok, "").await.expect("decides");
        assert_eq!(state(&app, ids[0]).await, State::MunicipalBoard);
        let item =
            || batch_item::Entity::find().filter(batch_item::Column::Application.eq(Uuid::from(ids[0])));
        assert_eq!(item().one(app.db.read()).await.expect("reads").expect("in a batch").result, "waiting");

        let version = application(&app, ids[0]).await.version;
        decide(&cx, ids[0], version, &thorough(), Choice::Return, "手帳の写しが読めません。")
            .await
            .expect("returns");
        assert_eq!(state(&app, ids[0]).await, State::ReturnedByMunicipal);
        assert_eq!(item().one(app.db.read()).await.expect("reads").expect("still listed").result, "left");
        let letters = outbox::Entity::find()
            .filter(outbox::Column::Kind.eq("application_returned"))
            .filter(outbox::Column::Body.contains("手帳の写しが読めません。"));
        assert_eq!(letters.count(app.db.read()).await.expect("counts"), 1);
        assert!(item().count(app.db.read()).await.expect("counts") == 1, "never twice in a batch");
    })
    .await;
}

#[tokio::test]
async fn only_the_office_whose_turn_it_is_decides_and_says_why() {
    each_world(|app| async move {
        let id = waiting(&app, "142051", 1).await[0];
        let above = officer(&app, "kanagawa-cert").await;
        let refused = decide(&above, id, 1, &thorough(), Choice::Ok, "").await.expect_err("not their turn");
        assert!(
            matches!(&refused, Error::Refused(text) if text.contains("順番になっている医師会")),
            "{refused:?}"
        );
        let elsewhere = officer(&app, "yokohama-cert").await;
        assert!(matches!(decide(&elsewhere, id, 1, &thorough(), Choice::Ok, "").await, Err(Error::NotFound)));

        let own = officer(&app, "fujisawa-cert").await;
        for (found, choice, comment, field) in [
            (Findings::default(), Choice::Ok, "", "checklist"),
            (thorough(), Choice::Return, "", "comment"),
            (thorough(), Choice::Reject, "", "comment"),
        ] {
            let error = decide(&own, id, 1, &found, choice, comment).await.expect_err("incomplete");
            assert!(matches!(&error, Error::Invalid(problems) if problems[0].field == field), "{error:?}");
        }
        assert_eq!(decisions(&app, id).await, 0, "nothing of a refused step remains");
    })
    .await;
}

#[tokio::test]
async fn after_a_rejection_no_later_step_is_announced() {
    each_world(|app| async move {
        let id = waiting(&app, "142051", 1).await[0];
        let own = officer(&app, "fujisawa-cert").await;
        decide(&own, id, 1, &thorough(), Choice::Reject, "対象の制度が異なります。").await.expect("rejects");
        let tracker = mamis_app::application::lists::progress(&own, id).await.expect("sees").tracker;
        let states: Vec<&str> = tracker.steps.iter().map(|step| step.state).collect();
        assert_eq!(states, ["done", "rejected", "skipped", "skipped", "skipped"]);
    })
    .await;
}

#[tokio::test]
async fn fee_handbook_and_paper_lines_are_recorded_once_each() {
    each_world(|app| async move {
        let cx = officer(&app, "fujisawa-cert").await;
        let id = waiting(&app, "142051", 1).await[0];
        let today = Day::of(now());
        assert!(
            matches!(record_fee(&cx, id, 1, today.next(), "R2").await, Err(Error::Invalid(_))),
            "a day to come"
        );
        record_fee(&cx, id, 1, today, "R2").await.expect("records");
        assert!(matches!(record_fee(&cx, id, 1, today, "R3").await, Err(Error::Stale(_))), "an old page");
        assert_eq!(application(&app, id).await.fee_receipt.as_deref(), Some("R2"));
        let early = move_handbook(&cx, id, 2, Handbook::Returned(today)).await;
        assert!(matches!(early, Err(Error::Invalid(_))), "returned before it came: {early:?}");
        move_handbook(&cx, id, 2, Handbook::Received(today)).await.expect("records");
        move_handbook(&cx, id, 3, Handbook::Returned(today)).await.expect("records");

        let row = application(&app, id).await;
        let line = declared(&app, row.physician, "実地", 150, "TEST-1").await.into();
        compare_paper(&cx, id, line, 1, &Compared::Confirmed).await.expect("compares");
        let again = compare_paper(&cx, id, line, 1, &Compared::Refused("番号が違います。".to_owned())).await;
        assert!(matches!(again, Err(Error::Stale(_))), "{again:?}");
        let case = lists::case(&cx, id).await.expect("the screen");
        let shown = case.paper.iter().find(|shown| shown.title == "実地の研修会").expect("listed");
        assert_eq!(shown.state, "confirmed");
        let entries =
            audit_entry::Entity::find().filter(audit_entry::Column::RequestId.eq(cx.request_id.as_str()));
        assert_eq!(entries.count(app.db.read()).await.expect("counts"), 4, "one entry for each write");
        assert_eq!(body(&app, "142051").await.id, row.desk.expect("a desk"));
    })
    .await;
}

#[tokio::test]
async fn nobody_is_passed_on_without_enough_credits_unless_an_officer_says_why() {
    each_world(|app| async move {
        let cx = officer(&app, "fujisawa-cert").await;
        let id = waiting(&app, "142051", 1).await[0];
        let row = application(&app, id).await;
        credit::Entity::delete_many()
            .filter(credit::Column::Physician.eq(row.physician))
            .exec(app.db.write())
            .await
            .expect("deletes");
        let silent = Findings { remarks: String::new(), ..thorough() };
        let refused = decide(&cx, id, row.version, &silent, Choice::Ok, "").await.expect_err("lacks credits");
        let Error::Invalid(problems) = &refused else { panic!("{refused:?}") };
        assert!(
            problems[0].field == "remarks" && problems[0].text.contains("単位などの不足"),
            "{problems:?}"
        );
        assert_eq!(state(&app, id).await, State::MunicipalExamination);
        decide(&cx, id, row.version, &thorough(), Choice::Ok, "").await.expect("with a reason");
        let found = examination::Entity::find().filter(examination::Column::Application.eq(Uuid::from(id)));
        let remarks = found.one(app.db.read()).await.expect("reads").expect("kept").remarks;
        assert!(remarks.starts_with("【単位などの不足：") && remarks.contains("訂正印"), "{remarks}");
    })
    .await;
}

#[tokio::test]
async fn the_list_follows_the_paper_lines() {
    each_world(|app| async move {
        let cx = officer(&app, "fujisawa-cert").await;
        let id = waiting(&app, "142051", 1).await[0];
        let physician = application(&app, id).await.physician;
        let mut lines = Vec::new();
        for (at, (category, amount)) in
            [("更新", 100), ("実地", 100), ("専門", 1_800)].into_iter().enumerate()
        {
            lines.push(declared(&app, physician, category, amount, &format!("L{at}")).await);
        }
        let all = Filter { view: View::All, ..Filter::default() };
        let doubt = async || {
            let rows = applications::page(&cx, &all, 1).await.expect("lists").0;
            rows.iter().find(|row| row.id == Uuid::from(id)).expect("listed").doubt
        };
        for line in lines {
            assert_eq!(doubt().await, Doubt::Provisional, "paper is left to be compared");
            compare_paper(&cx, id, line.into(), 1, &Compared::Confirmed).await.expect("compares");
        }
        assert_eq!(doubt().await, Doubt::Clear, "every line is compared");
        for row in applications::page(&cx, &all, 1).await.expect("lists").0 {
            assert!(
                row.state != State::Approved || row.doubt != Doubt::Provisional,
                "{} was certified",
                row.number
            );
        }
    })
    .await;
}

/// A line of paper as its physician declares it.
async fn declared(app: &App, physician: Uuid, category: &str, amount: i64, sticker: &str) -> Uuid {
    let line = paper_credit::Model {
        id: Uuid::now_v7(),
        physician,
        scheme: "occupational_physician".to_owned(),
        course: "lifelong".to_owned(),
        category: category.to_owned(),
        item: String::new(),
        amount,
        earned_on: "2024-06-01".parse().expect("a day"),
        host_name: "神奈川県医師会".to_owned(),
        title: format!("{category}の研修会"),
        sticker_number: Some(sticker.to_owned()),
        photo: None,
        state: "declared".to_owned(),
        decided_by: None,
        decided_at: None,
        comment: String::new(),
        entered_by: String::new(),
        created_at: now(),
        version: 1,
    };
    let id = line.id;
    paper_credit::ActiveModel::from(line).reset_all().insert(app.db.write()).await.expect("writes");
    id
}
