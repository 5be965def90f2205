//! The chain of audit entries: no write without one, and no change of one unnoticed.

use crate::office::officer;
use mamis_app::audit::{Entry, Verdict, verify};
use mamis_app::testing::{each_database, each_world, now};
use mamis_app::{App, Cx, Error};
use mamis_schema::{audit_entry, officer as table};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

async fn write(tx: &impl ConnectionTrait) -> Uuid {
    let row = table::Model {
        id: Uuid::now_v7(),
        name: "山田 太郎".to_owned(),
        kana: "ヤマダ タロウ".to_owned(),
        email: "yamada@example.jp".to_owned(),
        created_at: now(),
    };
    table::ActiveModel::from(row.clone()).reset_all().insert(tx).await.expect("inserts");
    row.id
}

async fn written(app: &App) -> (u64, u64) {
    let rows = table::Entity::find().count(app.db.read()).await.expect("counts");
    let entries = audit_entry::Entity::find().count(app.db.read()).await.expect("counts");
    (rows, entries)
}

#[tokio::test]
async fn a_write_without_an_entry_is_not_committed() {
    each_database(|app| async move {
        let cx = Cx::system(&app, "test");
        let tx = cx.begin().await.expect("begins");
        write(tx.db()).await;
        assert!(matches!(tx.commit().await, Err(Error::Fault(_))));
        assert_eq!(written(&app).await, (0, 0), "the write is undone");
        let mut tx = cx.begin().await.expect("begins");
        let id = write(tx.db()).await;
        tx.audit(Entry::new("officer.create", "officer", id));
        tx.commit().await.expect("commits");
        assert_eq!(written(&app).await, (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_write_and_its_entry_stand_or_fall_together() {
    each_database(|app| async move {
        let cx = Cx::system(&app, "test");
        let mut tx = cx.begin().await.expect("begins");
        let id = write(tx.db()).await;
        tx.audit(Entry::new("officer.create", "officer", id));
        drop(tx);
        assert_eq!(written(&app).await, (0, 0), "given up");

        let rename = |from: &str, to: &str| format!("alter table {from} rename to {to}");
        let db = app.db.write();
        db.execute_unprepared(&rename("audit_entry", "elsewhere")).await.expect("renames");
        let mut tx = cx.begin().await.expect("begins");
        let id = write(tx.db()).await;
        tx.audit(Entry::new("officer.create", "officer", id));
        assert!(tx.commit().await.is_err(), "the entry cannot be written");
        db.execute_unprepared(&rename("elsewhere", "audit_entry")).await.expect("renames");
        assert_eq!(written(&app).await, (0, 0), "no entry, no write");
    })
    .await;
}

/// So many entries of somebody of the named world.
async fn chain(cx: &Cx, length: usize) {
    for number in 0..length {
        let mut tx = cx.begin().await.expect("begins");
        tx.audit(Entry::new("test.note", "test", Uuid::nil()).with(json!({"number": number})));
        tx.commit().await.expect("commits");
    }
}

/// What a careless or malicious hand does to the table.
#[derive(Clone, Copy)]
enum Harm {
    Detail,
    Actor,
    Instant,
    Removal,
    Swap,
}

async fn harm(app: &App, how: Harm) {
    use audit_entry::Column as A;
    let db = app.db.write();
    let of = |sequence: i64| audit_entry::Entity::update_many().filter(A::Sequence.eq(sequence));
    let update = match how {
        Harm::Detail => of(2).col_expr(A::Detail, Expr::value("{}")),
        Harm::Actor => of(2).col_expr(A::ActorName, Expr::value("別人")),
        Harm::Instant => of(2).col_expr(A::At, Expr::value(now() + chrono::Duration::seconds(1))),
        Harm::Removal => {
            audit_entry::Entity::delete_by_id(2).exec(db).await.expect("deletes");
            return;
        }
        Harm::Swap => {
            of(2).col_expr(A::Sequence, Expr::value(9_999)).exec(db).await.expect("moves");
            of(3).col_expr(A::Sequence, Expr::value(2)).exec(db).await.expect("moves");
            of(9_999).col_expr(A::Sequence, Expr::value(3))
        }
    };
    update.exec(db).await.expect("writes");
}

#[tokio::test]
async fn a_changed_removed_or_moved_entry_is_found() {
    for how in [Harm::Detail, Harm::Actor, Harm::Instant, Harm::Removal, Harm::Swap] {
        each_database(|app| async move {
            let cx = Cx::system(&app, "test");
            chain(&cx, 4).await;
            assert_eq!(verify(&app.db).await.expect("reads"), Verdict::Whole { entries: 4 });
            harm(&app, how).await;
            let found = verify(&app.db).await.expect("reads");
            let (sequence, reason) = match how {
                Harm::Removal => (3, "an entry before it is gone"),
                Harm::Swap => (2, "it does not continue the entry before"),
                Harm::Detail | Harm::Actor | Harm::Instant => (2, "it was changed"),
            };
            assert_eq!(found, Verdict::Broken { sequence, reason });
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_written_at_once_form_one_chain() {
    each_world(|app| async move {
        let (one, other) = (officer(&app, "fujisawa-cert").await, officer(&app, "kanagawa-training").await);
        tokio::join!(chain(&one, 20), chain(&other, 20));
        assert_eq!(verify(&app.db).await.expect("reads"), Verdict::Whole { entries: 40 });
        let offices: Vec<String> = audit_entry::Entity::find()
            .select_only()
            .column(audit_entry::Column::Office)
            .distinct()
            .order_by_asc(audit_entry::Column::Office)
            .into_tuple()
            .all(app.db.read())
            .await
            .expect("reads");
        assert_eq!(offices.len(), 2, "{offices:?}");
    })
    .await;
}
