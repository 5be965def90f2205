//! The timetable runs: letters leave, slots run once however many nodes there are, and the end is clean.

use crate::smtp::{Server, header};
use chrono::Duration;
use mamis_app::attachment::actions::{Owner, Upload, hold};
use mamis_app::audit::Entry;
use mamis_app::db::Pools;
use mamis_app::jobs::timetable::{ROWS, When};
use mamis_app::jobs::{self, Worker};
use mamis_app::mail::{self, Letter, Recipient, Transport};
use mamis_app::testing::{each_database, each_world, now};
use mamis_app::{App, Clock, Cx};
use mamis_schema::{
    account, account_token, attachment, job_run, login_attempt, officer, outbox, paper_credit, session,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// A node that runs until it is told to stop.
struct Node {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Node {
    fn start(app: &Arc<App>, transport: &Transport) -> Self {
        let (stop, stopped) = oneshot::channel();
        let worker = Worker::new(app, transport.clone());
        let ended =
            tokio::spawn(jobs::run_worker(worker, async move { stopped.await.expect("told to stop") }));
        Self { stop, ended }
    }

    async fn stop(self) {
        self.stop.send(()).expect("runs");
        self.ended.await.expect("ends well");
    }
}

async fn another(app: &App) -> Arc<App> {
    App::open(app.settings.clone(), Clock::stopped(app.clock.now()), app.world).await.expect("opens")
}

/// Looks until so many runs of the cleaning are done; the test's own limit ends a wait in vain.
async fn until_cleaned(app: &App, times: usize) -> Vec<job_run::Model> {
    loop {
        let runs = job_run::Entity::find()
            .filter(job_run::Column::Job.eq("clean_up"))
            .all(app.db.read())
            .await
            .expect("reads");
        if runs.iter().filter(|run| run.outcome == "done").count() >= times {
            return runs;
        }
        tokio::task::yield_now().await;
    }
}

/// Tasks the queue was ever given.
async fn tasks(app: &App) -> i64 {
    match app.db.pools() {
        Pools::Sqlite { read, .. } => sqlx::query_scalar("select count(*) from Jobs").fetch_one(read).await,
        Pools::Postgres(pool) => sqlx::query_scalar("select count(*) from apalis.jobs").fetch_one(pool).await,
    }
    .expect("counts")
}

async fn queue_letter(app: &Arc<App>) {
    let id = Uuid::now_v7();
    officer::ActiveModel::from(officer::Model {
        id,
        name: "山田 太郎".to_owned(),
        kana: "ヤマダ タロウ".to_owned(),
        email: "yamada@example.jp".to_owned(),
        created_at: now(),
    })
    .reset_all()
    .insert(app.db.write())
    .await
    .expect("inserts");
    let cx = Cx::system(app, "test");
    let mut tx = cx.begin().await.expect("begins");
    let data = serde_json::json!({
        "name": "山田 太郎", "office": "東京都医師会", "what": "研修会の承認", "number": "26-13-0001",
        "since": "2026年11月22日", "from": "千代田区医師会", "link": "https://mamis.example/trainings/x",
    });
    let letter = Letter::new("office_waiting", Recipient::Officer(id.into()), &data).expect("composes");
    mail::queue(&cx, &mut tx, letter).await.expect("queues");
    tx.audit(Entry::new("outbox.queue", "officer", id));
    tx.commit().await.expect("commits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_committed_before_the_crash_leaves_after_the_start() {
    each_database(|app| async move {
        queue_letter(&app).await;
        let mut server = Server::start(&[]).await;
        let node = Node::start(&app, &server.transport);
        assert_eq!(header(&server.next().await, "To"), "yamada@example.jp");
        node.stop().await;
        let row = outbox::Entity::find().one(app.db.read()).await.expect("reads").expect("there");
        assert_eq!(row.state, "sent", "the end waits for the mark");
        let run = job_run::Entity::find()
            .filter(job_run::Column::Job.eq("mail"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("the run is written down");
        assert_eq!((run.outcome.as_str(), run.report.as_str()), ("done", "1 sent, 0 put off, 0 failed"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_runs_once_on_all_nodes_together() {
    each_database(|app| async move {
        let server = Server::start(&[]).await;
        let other = another(&app).await;
        let nodes = [Node::start(&app, &server.transport), Node::start(&other, &server.transport)];
        until_cleaned(&app, 1).await;
        for node in nodes {
            node.stop().await;
        }
        other.db.close().await;
        // A node that starts within the same slot finds it done; the next slot runs again.
        let node = Node::start(&app, &server.transport);
        node.stop().await;
        app.clock.set(now() + Duration::days(1));
        let node = Node::start(&app, &server.transport);
        let runs = until_cleaned(&app, 2).await;
        node.stop().await;
        // A job that is not due before its time, such as one that runs at six, has its slots too.
        let timed = ROWS.iter().filter(|row| matches!(row.when, When::At(_))).count();
        let slots = i64::try_from(2 * timed).expect("few");
        assert_eq!(tasks(&app).await, slots, "four starts queued their slots; they are two for each job");
        assert_eq!(runs.len(), 2, "{runs:?}");
        assert!(runs.iter().all(|run| run.ended_at.is_some()), "{runs:?}");
    })
    .await;
}

/// `clean_up` deletes what has ended and leaves the rest.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cleaning_takes_what_has_ended_only() {
    each_database(|app| async move {
        let owner = Uuid::now_v7();
        account::ActiveModel::from(account::Model {
            id: owner,
            login_id: "yamada".to_owned(),
            password_hash: String::new(),
            physician: None,
            officer: None,
            state: "active".to_owned(),
            first_used_at: None,
            created_at: now(),
            version: 1,
        })
        .reset_all()
        .insert(app.db.write())
        .await
        .expect("inserts");
        for days in [-100, -10, 1] {
            write_rows(&app, owner, days).await;
        }
        let report = jobs::clean_up(&Cx::system(&app, "test")).await.expect("cleans");
        assert_eq!(
            report.sentence,
            "deleted 2 sessions, 2 login attempts, 2 links, 0 challenges, 0 registrations, 0 of organizers, 0 files of cards, 0 files of attendance certificates, 0 unused bulk changes, 0 held files, 1 runs, 0 tasks"
        );
        let db = app.db.read();
        assert_eq!(session::Entity::find().count(db).await.expect("counts"), 1);
        assert_eq!(login_attempt::Entity::find().count(db).await.expect("counts"), 1);
        assert_eq!(account_token::Entity::find().count(db).await.expect("counts"), 1);
        assert_eq!(job_run::Entity::find().count(db).await.expect("counts"), 2);
    })
    .await;
}

/// A flyer or a photo that no form came back for goes after a week, with its file; one in use stays for good.
#[tokio::test]
async fn files_that_no_form_came_back_for_are_forgotten_after_a_week() {
    each_world(|app| async move {
        let declared = crate::people::cx(&app, "yoshida").await;
        let owner = Owner::Physician(crate::people::physician(&declared));
        let upload = |name: &str| Upload {
            file_name: name.to_owned(),
            media_type: "image/png",
            content: name.as_bytes().to_vec(),
        };
        let held = hold(&declared, owner, "photo", vec![upload("forgotten"), upload("in use")])
            .await
            .expect("holds");
        let line = paper_credit::Column::Physician.eq(Uuid::from(crate::people::physician(&declared)));
        let line = paper_credit::Entity::find().filter(line).one(app.db.read()).await.expect("reads");
        paper_credit::Entity::update_many()
            .col_expr(paper_credit::Column::Photo, Expr::value(Uuid::from(held[1])))
            .filter(paper_credit::Column::Id.eq(line.expect("declared").id))
            .exec(app.db.write())
            .await
            .expect("writes");
        let clean = || async {
            let report = jobs::clean_up(&Cx::system(&app, "test")).await.expect("cleans");
            let held = report.sentence.split(", ").find(|part| part.ends_with("held files"));
            held.expect("held files").to_owned()
        };
        let is_stored = |at: usize| {
            let (app, key) = (&app, format!("attachment/{}", held[at]));
            async move { app.files.get(&key).await.is_ok() }
        };
        app.clock.set(now() + Duration::days(7));
        assert_eq!(clean().await, "0 held files", "a week is not over");
        assert!(is_stored(0).await);
        app.clock.set(now() + Duration::days(7) + Duration::seconds(1));
        assert_eq!(clean().await, "1 held files");
        assert!(!is_stored(0).await && is_stored(1).await, "the file goes with its row");
        let rows = attachment::Entity::find()
            .filter(attachment::Column::Id.is_in(held.iter().map(|id| Uuid::from(*id))));
        let left = rows.all(app.db.read()).await.expect("reads");
        assert_eq!(left.iter().map(|row| row.file_name.as_str()).collect::<Vec<_>>(), ["in use"]);
    })
    .await;
}

/// A row of each kind, ended so many days from now.
async fn write_rows(app: &App, owner: Uuid, days: i64) {
    let at = now() + Duration::days(days);
    let db = app.db.write();
    let mark = Uuid::now_v7();
    session::ActiveModel::from(session::Model {
        id: mark,
        token_hash: mark.to_string(),
        account: owner,
        created_at: at,
        last_seen_at: at,
        expires_at: at,
        second_factor_at: None,
        user_agent: String::new(),
        address: String::new(),
    })
    .reset_all()
    .insert(db)
    .await
    .expect("inserts");
    account_token::ActiveModel::from(account_token::Model {
        id: mark,
        token_hash: mark.to_string(),
        account: owner,
        purpose: "password_reset".to_owned(),
        email: String::new(),
        expires_at: at,
        used_at: None,
        created_at: at,
    })
    .reset_all()
    .insert(db)
    .await
    .expect("inserts");
    let attempt = login_attempt::Model { id: mark, subject: "login:x".to_owned(), at };
    login_attempt::ActiveModel::from(attempt).reset_all().insert(db).await.expect("inserts");
    job_run::ActiveModel::from(job_run::Model {
        id: mark,
        job: "mail".to_owned(),
        started_at: at,
        ended_at: Some(at),
        outcome: "done".to_owned(),
        report: String::new(),
    })
    .reset_all()
    .insert(db)
    .await
    .expect("inserts");
}

/// The queue's own set-up would turn off what makes a commit survive a power loss.
#[tokio::test]
async fn the_queue_leaves_the_database_durable() {
    each_database(|app| async move {
        match app.db.pools() {
            Pools::Sqlite { write, .. } => {
                let level: i64 =
                    sqlx::query_scalar("pragma synchronous").fetch_one(write).await.expect("reads");
                assert_eq!(level, 2, "full");
            }
            Pools::Postgres(pool) => {
                // PostgreSQL keeps the queue in a schema of its own, beside our tables.
                let tables: i64 = sqlx::query_scalar(
                    "select count(*) from information_schema.tables where table_schema = 'apalis'",
                )
                .fetch_one(pool)
                .await
                .expect("reads");
                assert!(tables >= 2, "{tables}");
            }
        }
        app.db.migrate().await.expect("a second time changes nothing");
        assert_eq!(app.db.pending_migrations().await.expect("reads"), Vec::<String>::new());
    })
    .await;
}
