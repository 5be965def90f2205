//! Killed in the middle of a batch approval: each item is approved with all that belongs to it or not at
//! all, and doing it again does the rest.

use crate::client::Client;
use crate::place::{Place, each_place, until};
use crate::process::Running;
use chrono::{DateTime, Utc};
use mamis_app::db::Db;
use mamis_schema::{
    account, application, association, audit_entry, batch, batch_item, certification, decision, document,
    outbox,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set};
use std::collections::HashMap;
use uuid::Uuid;

/// The process is killed as soon as so many items are seen approved: the next one is under way then, at
/// whatever point it has come to.
const KILLS: [u64; 3] = [1, 4, 9];

/// Applications in the batch.
const ITEMS: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_cut_off_by_a_kill_is_finished_by_approving_it_again() {
    each_place(|place| async move {
        place.load(2400, 1);
        let db = place.look().await;
        let batch = decided_batch(&db).await;
        for goal in KILLS {
            let approved = approve_until(&place, &db, batch, goal).await;
            assert!(approved >= goal && approved < ITEMS as u64, "the kill came in between: {approved}");
            assert!(place.run(&["admin", "audit", "verify"]).contains("all as written"));
        }
        let server = serve(&place);
        let answer = officer(&server).try_post(&submissions(batch), &[]).expect("answers");
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert_eq!(check(&db, batch).await, ITEMS as u64, "doing it again does the rest");
        officer(&server).post(&submissions(batch), &[]);
        assert_eq!(check(&db, batch).await, ITEMS as u64, "and once more changes nothing");
        let row = batch::Entity::find_by_id(batch).one(db.read()).await.expect("reads").expect("is there");
        assert_eq!(row.state, "submitted");
        server.stop();
        assert!(place.run(&["admin", "audit", "verify"]).contains("all as written"));
        db.close().await;
    })
    .await;
}

/// Asks for the approval, kills the process at the goal, checks what is left; how many are approved then.
async fn approve_until(place: &Place, db: &Db, batch: Uuid, goal: u64) -> u64 {
    let server = serve(place);
    let mut officer = officer(&server);
    let asked = std::thread::spawn(move || officer.try_post(&submissions(batch), &[]).map(|_| ()));
    until("an item is approved", || async { approved(db, batch).await >= goal }).await;
    server.kill();
    assert!(asked.join().expect("no panic").is_err(), "the whole batch was done before the kill");
    check(db, batch).await
}

/// Documents are printed elsewhere: the test is about what is written with the approval.
fn serve(place: &Place) -> Running {
    Running::serve(place.mamis(), &["--jobs", "elsewhere"])
}

/// The national association's officer for certification.
fn officer(server: &Running) -> Client {
    Client::with_session(&server.address, "bench-officer-0")
}

fn submissions(batch: Uuid) -> String {
    format!("/batches/{batch}/submissions")
}

/// A batch of the national association whose board has approved all its items. How applications come here is
/// not what this test is about: those on the way are put there.
async fn decided_batch(db: &Db) -> Uuid {
    let national = association::Entity::find()
        .filter(association::Column::Tier.eq("national"))
        .one(db.read())
        .await
        .expect("reads")
        .expect("is there");
    let on_the_way = application::Entity::find()
        .filter(application::Column::State.is_not_in(["draft", "approved", "rejected", "withdrawn"]))
        .order_by_asc(application::Column::Id)
        .all(db.read())
        .await
        .expect("reads");
    let chosen: Vec<Uuid> = on_the_way.iter().take(ITEMS).map(|row| row.id).collect();
    assert_eq!(chosen.len(), ITEMS, "enough applications are on the way");
    decide(db, &chosen, national.id).await;
    let batch = open_batch(db, national.id, on_the_way[0].created_at).await;
    for (position, application) in (0..).zip(chosen) {
        batch_item::ActiveModel {
            batch: Set(batch),
            application: Set(application),
            position: Set(position),
            result: Set("approved".to_owned()),
            message: Set(String::new()),
            held_on: Set(None),
            minutes_number: Set(None),
        }
        .insert(db.write())
        .await
        .expect("writes");
    }
    batch
}

/// Takes the applications from wherever they are to the desk that approves.
async fn decide(db: &Db, applications: &[Uuid], desk: Uuid) {
    batch_item::Entity::update_many()
        .col_expr(batch_item::Column::Result, Expr::value("left"))
        .filter(batch_item::Column::Application.is_in(applications.iter().copied()))
        .exec(db.write())
        .await
        .expect("writes");
    application::Entity::update_many()
        .col_expr(application::Column::State, Expr::value("national_decided"))
        .col_expr(application::Column::Desk, Expr::value(desk))
        .filter(application::Column::Id.is_in(applications.iter().copied()))
        .exec(db.write())
        .await
        .expect("writes");
}

async fn open_batch(db: &Db, association: Uuid, at: DateTime<Utc>) -> Uuid {
    let officer = account::Entity::find()
        .filter(account::Column::LoginId.eq("national-cert"))
        .one(db.read())
        .await
        .expect("reads")
        .expect("is there");
    let id = Uuid::now_v7();
    batch::ActiveModel::from(batch::Model {
        id,
        number: "理-試験-001".to_owned(),
        association,
        submitted_to: None,
        kind: "certification".to_owned(),
        scheme: "occupational_physician".to_owned(),
        body: "board".to_owned(),
        state: "decided".to_owned(),
        held_on: Some(at.date_naive()),
        minutes_number: Some("試験".to_owned()),
        submitted_at: None,
        created_by: officer.id,
        created_at: at,
        version: 1,
    })
    .reset_all()
    .insert(db.write())
    .await
    .expect("writes");
    id
}

async fn approved(db: &Db, batch: Uuid) -> u64 {
    batch_item::Entity::find()
        .filter(batch_item::Column::Batch.eq(batch))
        .filter(batch_item::Column::Result.eq("submitted"))
        .count(db.read())
        .await
        .expect("counts")
}

/// Looks at every item: approved with all its rows, each once, or as it was. How many are approved.
async fn check(db: &Db, batch: Uuid) -> u64 {
    let items = batch_item::Entity::find().filter(batch_item::Column::Batch.eq(batch)).all(db.read()).await;
    let lines = letter_lines(db, batch).await;
    let mut whole = 0;
    for item in items.expect("reads") {
        let rows = rows_of(db, &item).await;
        let of_letter = lines.get(&rows.number).copied().unwrap_or_default();
        match item.result.as_str() {
            "submitted" => {
                whole += 1;
                assert_eq!((rows.state.as_str(), rows.counts), ("approved", [1; 5]), "{item:?}");
                assert_eq!(of_letter, 1, "once on the letter to the prefectural association: {item:?}");
            }
            "approved" => {
                assert_eq!((rows.state.as_str(), rows.counts), ("national_decided", [0; 5]), "{item:?}");
            }
            _ => panic!("{item:?}"),
        }
    }
    assert_eq!(lines.values().sum::<usize>() as u64, whole, "nobody else is on a letter");
    whole
}

/// What an approval writes for one application.
struct Rows {
    state: String,
    /// Number of the certification it gave; empty without one.
    number: String,
    /// Certifications, certificates, letters to the applicant, decisions, audit entries.
    counts: [u64; 5],
}

async fn rows_of(db: &Db, item: &batch_item::Model) -> Rows {
    let reader = db.read();
    let row = application::Entity::find_by_id(item.application)
        .one(reader)
        .await
        .expect("reads")
        .expect("is there");
    let given = certification::Entity::find()
        .filter(certification::Column::Application.eq(row.id))
        .all(reader)
        .await
        .expect("reads");
    let ids: Vec<Uuid> = given.iter().map(|row| row.id).collect();
    let documents = document::Entity::find()
        .filter(document::Column::Kind.eq("certificate"))
        .filter(document::Column::Certification.is_in(ids.clone()))
        .count(reader);
    let letters = outbox::Entity::find()
        .filter(outbox::Column::Kind.eq("certification_approved"))
        .filter(outbox::Column::Physician.eq(row.physician))
        .filter(outbox::Column::CreatedAt.gt(row.created_at))
        .count(reader);
    let decisions = decision::Entity::find()
        .filter(decision::Column::Application.eq(row.id))
        .filter(decision::Column::Command.eq("approve_batch"))
        .count(reader);
    let entries = audit_entry::Entity::find()
        .filter(audit_entry::Column::Action.eq("certification.issue"))
        .filter(audit_entry::Column::Object.is_in(ids))
        .count(reader);
    Rows {
        state: row.state,
        number: given.first().map(|row| row.number.clone()).unwrap_or_default(),
        counts: [
            given.len() as u64,
            documents.await.expect("counts"),
            letters.await.expect("counts"),
            decisions.await.expect("counts"),
            entries.await.expect("counts"),
        ],
    }
}

/// How often each certificate's number stands on the letters of the batch to prefectural associations.
async fn letter_lines(db: &Db, batch: Uuid) -> HashMap<String, usize> {
    let letters = document::Entity::find()
        .filter(document::Column::Kind.eq("notice_letter"))
        .filter(document::Column::Batch.eq(batch))
        .all(db.read())
        .await
        .expect("reads");
    let mut lines = HashMap::new();
    for letter in letters {
        let data: serde_json::Value = serde_json::from_str(&letter.data).expect("JSON");
        for line in data["physicians"].as_array().expect("a list") {
            *lines.entry(line["number"].as_str().expect("a number").to_owned()).or_default() += 1;
        }
    }
    lines
}
