//! Batches: the whole way through the tiers, bad items, runs that were cut off, and desks without officers.

use crate::office::{application, body, officer, state, waiting};
use mamis_app::application::advance::{Step, advance};
use mamis_app::batch::actions::{Choice, Meeting, Outcome, Verdict, make_packet, record_meeting, submit};
use mamis_app::batch::{Body, ItemResult};
use mamis_app::desk::lists::desk_of;
use mamis_app::examination::Checklist;
use mamis_app::examination::actions::{self as examination, Findings};
use mamis_app::testing::{each_world, now};
use mamis_app::{App, Cx, Error};
use mamis_documents::{CoverLetter, FeePaid, NoticeLetter};
use mamis_rules::association::Tier;
use mamis_rules::base::{ApplicationId, BatchId, Day};
use mamis_rules::flow::Who;
use mamis_rules::flow::certification::{Command, State};
use mamis_schema::{
    application as table, association, batch, batch_item, certification, decision, document, outbox,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use uuid::Uuid;

/// A meeting of today, recorded on a page that shows the batch as it is.
async fn meeting(app: &App, batch: BatchId) -> Meeting {
    let row = batch::Entity::find_by_id(Uuid::from(batch)).one(app.db.read()).await.expect("reads");
    Meeting {
        seen: row.expect("there").version,
        held_on: Day::of(now()),
        minutes_number: "2026-5".to_owned(),
    }
}

fn all_approved(ids: &[ApplicationId]) -> Vec<Verdict> {
    let approve =
        |id: &ApplicationId| Verdict { application: *id, choice: Choice::Approve, comment: String::new() };
    ids.iter().map(approve).collect()
}

async fn examine(cx: &Cx, ids: &[ApplicationId]) {
    let checklist = Checklist { identity: true, credits: true, ..Checklist::default() };
    let found = Findings { checklist, remarks: "手帳と照合しました。".to_owned() };
    for id in ids {
        let version = application(&cx.app, *id).await.version;
        examination::decide(cx, *id, version, &found, examination::Choice::Ok, "").await.expect("examines");
    }
}

/// The batch in which an application waits for this meeting.
async fn batch_of(app: &App, id: ApplicationId, body: Body) -> BatchId {
    let items = batch_item::Entity::find()
        .filter(batch_item::Column::Application.eq(Uuid::from(id)))
        .filter(batch_item::Column::Result.eq("waiting"))
        .all(app.db.read())
        .await
        .expect("reads");
    let row = batch::Entity::find()
        .filter(batch::Column::Id.is_in(items.iter().map(|item| item.batch)))
        .filter(batch::Column::Body.eq(body.name()))
        .order_by_desc(batch::Column::CreatedAt)
        .order_by_desc(batch::Column::Id)
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("in a batch");
    row.id.into()
}

/// Examines and has the board approve; returns the batch, ready to go up.
async fn decided(cx: &Cx, ids: &[ApplicationId]) -> BatchId {
    examine(cx, ids).await;
    let batch = batch_of(&cx.app, ids[0], Body::Board).await;
    let meeting = meeting(&cx.app, batch).await;
    let outcomes =
        record_meeting(cx, batch, Body::Board, &meeting, &all_approved(ids)).await.expect("records");
    assert!(outcomes.iter().all(|outcome| outcome.result == ItemResult::Approved), "{outcomes:?}");
    batch
}

fn result_of(outcomes: &[Outcome], id: ApplicationId) -> &Outcome {
    outcomes.iter().find(|outcome| outcome.application == id).expect("a result for every item")
}

async fn decisions(app: &App, id: ApplicationId, command: &str) -> u64 {
    decision::Entity::find()
        .filter(decision::Column::Application.eq(Uuid::from(id)))
        .filter(decision::Column::Command.eq(command))
        .count(app.db.read())
        .await
        .expect("counts")
}

#[tokio::test]
async fn the_whole_way_ends_with_certificates_and_one_letter() {
    each_world(|app| async move {
        let ids = waiting(&app, "142051", 3).await;
        for login in ["fujisawa-cert", "kanagawa-cert"] {
            let cx = officer(&app, login).await;
            let batch = decided(&cx, &ids).await;
            let outcomes = submit(&cx, batch).await.expect("submits");
            for id in &ids {
                assert_eq!(result_of(&outcomes, *id).result, ItemResult::Submitted, "{login}");
            }
        }
        let national = officer(&app, "national-cert").await;
        examine(&national, &ids).await;
        let committee = batch_of(&app, ids[0], Body::Committee).await;
        let early = submit(&national, committee).await.expect_err("the board has not met");
        assert!(matches!(early, Error::Refused(_)), "{early:?}");
        record_meeting(
            &national,
            committee,
            Body::Committee,
            &meeting(&app, committee).await,
            &all_approved(&ids),
        )
        .await
        .expect("records");
        let board = batch_of(&app, ids[0], Body::Board).await;
        record_meeting(&national, board, Body::Board, &meeting(&app, board).await, &all_approved(&ids))
            .await
            .expect("records");
        submit(&national, board).await.expect("approves");
        for id in &ids {
            certified(&app, *id).await;
        }
        one_letter(&app, board, &ids).await;
    })
    .await;
}

async fn certified(app: &App, id: ApplicationId) {
    assert_eq!(state(app, id).await, State::Approved);
    let given: Vec<_> = certification::Entity::find()
        .filter(certification::Column::Application.eq(Uuid::from(id)))
        .all(app.db.read())
        .await
        .expect("reads");
    let [given] = &given[..] else { panic!("one certification, not {}", given.len()) };
    let old = application(app, id).await.certification.expect("a renewal");
    let before =
        certification::Entity::find_by_id(old).one(app.db.read()).await.expect("reads").expect("there");
    assert_eq!(given.previous, Some(before.id));
    assert_eq!(given.number, before.number, "a renewal keeps the number");
    assert_eq!(Day::from(given.valid_from), Day::from(before.valid_until).next(), "neither gap nor overlap");
    let papers = document::Entity::find().filter(document::Column::Certification.eq(given.id));
    let certificate = papers.one(app.db.read()).await.expect("reads").expect("a certificate");
    assert_eq!(certificate.verification_code.expect("a code").len(), 10);
    let letters = outbox::Entity::find()
        .filter(outbox::Column::Kind.eq("certification_approved"))
        .filter(outbox::Column::Physician.eq(given.physician));
    assert_eq!(letters.count(app.db.read()).await.expect("counts"), 1);
}

async fn one_letter(app: &App, batch: BatchId, ids: &[ApplicationId]) {
    let letters = document::Entity::find()
        .filter(document::Column::Batch.eq(Uuid::from(batch)))
        .filter(document::Column::Kind.eq("notice_letter"))
        .all(app.db.read())
        .await
        .expect("reads");
    let kanagawa = body(app, "14").await.id;
    let letter =
        letters.iter().find(|letter| letter.association == Some(kanagawa)).expect("a letter to 神奈川");
    let printed: NoticeLetter = serde_json::from_str(&letter.data).expect("as written");
    assert_eq!(printed.physicians.len(), ids.len(), "one letter for all its physicians");
    assert_eq!(letters.len(), 1);
}

#[tokio::test]
async fn one_bad_item_blocks_no_other_and_goes_up_when_it_is_mended() {
    each_world(|app| async move {
        let cx = officer(&app, "fujisawa-cert").await;
        let ids = waiting(&app, "142051", 3).await;
        table::Entity::update_many()
            .col_expr(table::Column::FeeReceivedOn, Expr::value(None::<chrono::NaiveDate>))
            .filter(table::Column::Id.eq(Uuid::from(ids[1])))
            .exec(app.db.write())
            .await
            .expect("writes");
        let batch = decided(&cx, &ids).await;
        let outcomes = submit(&cx, batch).await.expect("runs");
        let bad = result_of(&outcomes, ids[1]);
        assert_eq!(bad.result, ItemResult::Failed);
        assert!(bad.message.contains("審査登録料"), "{}", bad.message);
        for id in [ids[0], ids[2]] {
            assert_eq!(state(&app, id).await, State::PrefecturalExamination);
        }
        assert_eq!(state(&app, ids[1]).await, State::MunicipalDecided);

        let version = application(&app, ids[1]).await.version;
        examination::record_fee(&cx, ids[1], version, Day::of(now()), "R9").await.expect("records");
        submit(&cx, batch).await.expect("runs again");
        assert_eq!(state(&app, ids[1]).await, State::PrefecturalExamination);
        for id in &ids {
            assert_eq!(decisions(&app, *id, "submit_batch").await, 1, "nothing twice");
        }
    })
    .await;
}

#[tokio::test]
async fn a_run_that_was_cut_off_is_finished_by_running_it_again() {
    each_world(|app| async move {
        let cx = officer(&app, "fujisawa-cert").await;
        let ids = waiting(&app, "142051", 4).await;
        let batch = decided(&cx, &ids).await;
        // What a process leaves that died after the first item and in the middle of the second.
        go_up(&cx, batch, ids[0], End::Commit).await;
        go_up(&cx, batch, ids[1], End::Death).await;
        assert_eq!(state(&app, ids[1]).await, State::MunicipalDecided, "half an item leaves nothing");
        let (one, other) = tokio::join!(submit(&cx, batch), submit(&cx, batch));
        one.expect("runs");
        other.expect("runs at the same time");
        submit(&cx, batch).await.expect("and once more");
        for id in &ids {
            assert_eq!(state(&app, *id).await, State::PrefecturalExamination);
            assert_eq!(decisions(&app, *id, "submit_batch").await, 1, "nothing twice");
        }
        let row = batch::Entity::find_by_id(Uuid::from(batch))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("there");
        assert_eq!(row.state, "submitted");
        let told = outbox::Entity::find()
            .filter(outbox::Column::Kind.eq("office_waiting"))
            .filter(outbox::Column::Body.contains(row.number.as_str()));
        assert_eq!(told.count(app.db.read()).await.expect("counts"), 1, "the office above hears once");
    })
    .await;
}

enum End {
    Commit,
    Death,
}

async fn go_up(cx: &Cx, batch: BatchId, id: ApplicationId, end: End) {
    let mut tx = cx.begin().await.expect("begins");
    let row = table::Entity::find_by_id(Uuid::from(id)).one(tx.db()).await.expect("reads").expect("there");
    let step = Step {
        command: Command::SubmitBatch.name(),
        who: Who::Office(Tier::Municipal),
        association: row.desk.map(Into::into),
        comment: "",
        batch: Some(batch),
    };
    advance(cx, &mut tx, row, step).await.expect("steps");
    if matches!(end, End::Commit) {
        tx.commit().await.expect("commits");
    }
}

#[tokio::test]
async fn a_deferred_item_goes_back_to_the_examination_and_into_the_next_batch() {
    each_world(|app| async move {
        let cx = officer(&app, "fujisawa-cert").await;
        let ids = waiting(&app, "142051", 2).await;
        examine(&cx, &ids).await;
        let first = batch_of(&app, ids[0], Body::Board).await;
        let mut verdicts = all_approved(&ids);
        verdicts[1] = Verdict { choice: Choice::Defer, comment: " ".to_owned(), ..verdicts[1].clone() };
        let silent = record_meeting(&cx, first, Body::Board, &meeting(&app, first).await, &verdicts).await;
        let Err(Error::Invalid(problems)) = silent else { panic!("put off without a reason: {silent:?}") };
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].field, format!("comment.{}", ids[1]));
        for id in &ids {
            assert_eq!(state(&app, *id).await, State::MunicipalBoard, "nothing was decided");
        }
        verdicts[1] = Verdict {
            choice: Choice::Defer,
            comment: "次回に審議します。".to_owned(),
            ..verdicts[1].clone()
        };
        record_meeting(&cx, first, Body::Board, &meeting(&app, first).await, &verdicts)
            .await
            .expect("records");
        assert_eq!(state(&app, ids[1]).await, State::MunicipalExamination);
        submit(&cx, first).await.expect("submits");
        let packet = make_packet(&cx, first).await.expect("makes");
        let gone = application(&app, ids[0]).await.number.expect("a number");
        assert!(packet.rows.iter().any(|row| row.number == gone), "the list is still there afterwards");
        let put_off = application(&app, ids[1]).await.number.expect("a number");
        assert!(packet.rows.iter().all(|row| row.number != put_off), "it goes up with another packet");
        let CoverLetter::To { paragraphs, .. } = &packet.cover_letter else {
            panic!("藤沢 wants a cover letter")
        };
        assert!(paragraphs[0].contains(&format!("申請{}件", packet.rows.len())), "{paragraphs:?}");
        examine(&cx, &ids[1..]).await;
        let second = batch_of(&app, ids[1], Body::Board).await;
        assert_ne!(first, second, "a batch whose board has met takes nothing more");
        let nothing = record_meeting(&cx, second, Body::Board, &meeting(&app, second).await, &[]).await;
        assert!(matches!(nothing, Err(Error::Invalid(_))), "{nothing:?}");
    })
    .await;
}

#[tokio::test]
async fn an_old_page_writes_over_nothing_that_a_meeting_decided() {
    each_world(|app| async move {
        let cx = officer(&app, "fujisawa-cert").await;
        let ids = waiting(&app, "142051", 2).await;
        examine(&cx, &ids).await;
        let batch = batch_of(&app, ids[0], Body::Board).await;
        let seen = meeting(&app, batch).await;
        record_meeting(&cx, batch, Body::Board, &seen, &all_approved(&ids)).await.expect("records");
        let other = Meeting { minutes_number: "2026-99".to_owned(), ..seen };
        let late = record_meeting(&cx, batch, Body::Board, &other, &all_approved(&ids)).await;
        let Err(Error::Stale(sentence)) = late else { panic!("{late:?}") };
        assert!(sentence.contains("議事録番号 2026-5"), "{sentence}");
        let row = batch::Entity::find_by_id(Uuid::from(batch)).one(app.db.read()).await.expect("reads");
        assert_eq!(row.expect("there").minutes_number.as_deref(), Some("2026-5"));
    })
    .await;
}

#[tokio::test]
async fn the_packet_has_every_case_with_credits_and_fee() {
    each_world(|app| async move {
        let cx = officer(&app, "fujisawa-cert").await;
        let ids = waiting(&app, "142051", 2).await;
        examine(&cx, &ids).await;
        let batch = batch_of(&app, ids[0], Body::Board).await;
        let packet = make_packet(&cx, batch).await.expect("makes");
        for id in &ids {
            let number = application(&app, *id).await.number.expect("a number");
            let row = packet.rows.iter().find(|row| row.number == number).expect("on the list");
            assert!(matches!(row.fee, FeePaid::Received(_)), "{:?}", row.fee);
            assert_eq!(row.kind, "更新");
        }
        assert!(matches!(packet.cover_letter, CoverLetter::To { .. }), "藤沢 wants a cover letter");
        association::Entity::update_many()
            .col_expr(association::Column::President, Expr::value(None::<String>))
            .filter(association::Column::Code.eq("142051"))
            .exec(app.db.write())
            .await
            .expect("updates");
        match make_packet(&cx, batch).await.expect("makes").cover_letter {
            CoverLetter::To { signatory, .. } => {
                assert_eq!((signatory.title.as_str(), signatory.name.as_str()), ("会長", ""), "room to sign");
            }
            CoverLetter::None => panic!("藤沢 wants a cover letter"),
        }
        let elsewhere = officer(&app, "yokohama-cert").await;
        assert!(matches!(make_packet(&elsewhere, batch).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn a_tier_with_nobody_in_charge_waits_visibly() {
    each_world(|app| async move {
        let (code, cx) = municipal_in_tottori(&app).await;
        let before = desk_of(&officer(&app, "national-cert").await).await.expect("the desk").unattended;
        let ids = waiting(&app, &code, 1).await;
        let batch = decided(&cx, &ids).await;
        submit(&cx, batch).await.expect("submits");
        assert_eq!(state(&app, ids[0]).await, State::PrefecturalExamination);
        assert_eq!(application(&app, ids[0]).await.desk, Some(body(&app, "31").await.id));
        let told = outbox::Entity::find()
            .filter(outbox::Column::Kind.eq("office_waiting"))
            .filter(outbox::Column::Subject.contains("担当者がいません"));
        assert!(told.count(app.db.read()).await.expect("counts") > 0, "the tier above hears of it");
        let after = desk_of(&officer(&app, "national-cert").await).await.expect("the desk").unattended;
        assert_eq!(after, before + 1);
    })
    .await;
}

/// A municipal association of 鳥取県 and its officer.
async fn municipal_in_tottori(app: &Arc<App>) -> (String, Cx) {
    let above = body(app, "31").await.id;
    let rows = association::Entity::find()
        .filter(association::Column::Parent.eq(above))
        .order_by_asc(association::Column::Code)
        .all(app.db.read())
        .await
        .expect("reads");
    let row = rows.first().expect("an association in 鳥取県");
    let cx = officer(app, &format!("o{}", row.code)).await;
    (row.code.clone(), cx)
}

/// What a refused meeting says at its day.
async fn refused_day(cx: &Cx, batch: BatchId, body: Body, held_on: Day, ids: &[ApplicationId]) -> String {
    let early = Meeting { held_on, ..meeting(&cx.app, batch).await };
    match record_meeting(cx, batch, body, &early, &all_approved(ids)).await {
        Err(Error::Invalid(problems)) if problems[0].field == "held_on" => problems[0].text.clone(),
        other => panic!("{held_on}: {other:?}"),
    }
}

#[tokio::test]
async fn no_meeting_decides_about_what_had_not_come() {
    each_world(|app| async move {
        let today = Day::of(now());
        let ids = waiting(&app, "142051", 2).await;
        let fujisawa = officer(&app, "fujisawa-cert").await;
        examine(&fujisawa, &ids).await;
        let batch = batch_of(&app, ids[0], Body::Board).await;
        for days in [-4, -2_000, 1] {
            let said = refused_day(&fujisawa, batch, Body::Board, today.plus_days(days), &ids).await;
            assert_eq!(said.contains("届いています"), days < 0, "{said}");
        }
        assert_eq!(state(&app, ids[0]).await, State::MunicipalBoard, "nothing was decided");
        let row = batch::Entity::find_by_id(Uuid::from(batch)).one(app.db.read()).await.expect("reads");
        assert_eq!(row.expect("there").state, "collecting");
        // They came three days ago: that day will do.
        let held = Meeting { held_on: today.plus_days(-3), ..meeting(&app, batch).await };
        record_meeting(&fujisawa, batch, Body::Board, &held, &all_approved(&ids)).await.expect("records");
        submit(&fujisawa, batch).await.expect("submits");
        let kanagawa = officer(&app, "kanagawa-cert").await;
        let batch = decided(&kanagawa, &ids).await;
        submit(&kanagawa, batch).await.expect("submits");

        let national = officer(&app, "national-cert").await;
        examine(&national, &ids).await;
        let committee = batch_of(&app, ids[0], Body::Committee).await;
        let before = refused_day(&national, committee, Body::Committee, today.plus_days(-1), &ids).await;
        assert!(before.contains("届いています"), "{before}");
        let held = meeting(&app, committee).await;
        record_meeting(&national, committee, Body::Committee, &held, &all_approved(&ids))
            .await
            .expect("records");
        // Had it come long ago, the board would still not meet before the committee.
        table::Entity::update_many()
            .col_expr(table::Column::WaitingSince, Expr::value(now() - chrono::Duration::days(30)))
            .filter(table::Column::Id.is_in(ids.iter().map(|id| Uuid::from(*id))))
            .exec(app.db.write())
            .await
            .expect("writes");
        let board = batch_of(&app, ids[0], Body::Board).await;
        let before = refused_day(&national, board, Body::Board, today.plus_days(-1), &ids).await;
        assert!(before.contains("運営委員会"), "{before}");
        let held = meeting(&app, board).await;
        record_meeting(&national, board, Body::Board, &held, &all_approved(&ids))
            .await
            .expect("the same day");
    })
    .await;
}

#[tokio::test]
async fn a_batch_names_each_meeting_that_decided_in_it() {
    each_world(|app| async move {
        let today = Day::of(now());
        let cx = officer(&app, "fujisawa-cert").await;
        let ids = waiting(&app, "142051", 3).await;
        examine(&cx, &ids).await;
        let batch = batch_of(&app, ids[0], Body::Board).await;
        for (part, held_on, minutes) in
            [(&ids[..2], today.plus_days(-2), "第1号"), (&ids[2..], today, "第2号")]
        {
            let held = Meeting { held_on, minutes_number: minutes.to_owned(), ..meeting(&app, batch).await };
            record_meeting(&cx, batch, Body::Board, &held, &all_approved(part)).await.expect("records");
        }
        let found = mamis_app::batch::lists::find(&cx, batch).await.expect("sees").meetings();
        assert_eq!(found, [(today.plus_days(-2), "第1号".to_owned(), 2), (today, "第2号".to_owned(), 1)]);
    })
    .await;
}
