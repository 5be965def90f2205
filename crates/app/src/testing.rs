//! Databases for tests: every test runs on SQLite, and on PostgreSQL when `MAMIS_TEST_POSTGRES` names a server.

use crate::clock::Clock;
use crate::{App, Settings, World};
use chrono::{DateTime, Utc};
use sqlx::{Connection, Executor, PgConnection};
use std::sync::Arc;

/// The instant at which tests happen: 2026-11-22 10:00 in Japan.
pub fn now() -> DateTime<Utc> {
    "2026-11-22T01:00:00Z".parse().expect("a valid instant")
}

/// Runs a test on an empty, migrated database of each kind, at [`now`].
///
/// # Panics
/// When a database cannot be made, or when `MAMIS_TEST_FULL` asks for PostgreSQL and none is named: a test
/// left out must not look like a test passed.
pub async fn each_database<F: Future<Output = ()>>(test: impl Fn(Arc<App>) -> F) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let settings = Settings { data: folder.path().to_owned(), ..Settings::default() };
    run(settings, &test).await;
    match std::env::var("MAMIS_TEST_POSTGRES") {
        Ok(server) => on_postgres(&server, &test).await,
        Err(_) => assert!(
            std::env::var("MAMIS_TEST_FULL").is_err(),
            "MAMIS_TEST_FULL is set, but MAMIS_TEST_POSTGRES names no server: run bin/test"
        ),
    }
}

/// The same with the named world loaded.
///
/// # Panics
/// As [`each_database`].
pub async fn each_world<F: Future<Output = ()>>(test: impl Fn(Arc<App>) -> F) {
    each_database(|app| async {
        crate::seed::world(&app).await.expect("the named world loads");
        test(app).await;
    })
    .await;
}

async fn run<F: Future<Output = ()>>(settings: Settings, test: &impl Fn(Arc<App>) -> F) {
    let app = App::open(settings, Clock::stopped(now()), World::Demo).await.expect("opens");
    app.db.migrate().await.expect("migrates");
    test(app.clone()).await;
    everybody_can_be_found(&app).await;
    app.db.close().await;
}

/// For a test that wrote rows of `physician` past the actions: lets them be found, as an action would have.
///
/// # Panics
/// On a fault of the database.
#[crate::boxed]
pub async fn people_written(app: &App) {
    crate::db::search::rebuild(&app.db).await.expect("the texts are made");
}

/// Everybody whom the search knows otherwise than they are.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn left_behind(app: &App) -> crate::Result<Vec<uuid::Uuid>> {
    crate::db::search::stale(&app.db).await
}

/// Whatever the actions of a test did, the search knows everybody as they are now: no write forgets it.
async fn everybody_can_be_found(app: &App) {
    // A test may have left no tables, or no database.
    let Ok(stale) = left_behind(app).await else { return };
    assert!(
        stale.is_empty(),
        "the search for people was left behind ({stale:?}): an action changed them and says about nobody what it did \
         (Entry::about), or the test wrote past the actions and did not say so (testing::people_written)"
    );
}

async fn on_postgres<F: Future<Output = ()>>(server: &str, test: &impl Fn(Arc<App>) -> F) {
    let name = format!("mamis_{}", uuid::Uuid::now_v7().simple());
    let mut admin = PgConnection::connect(server).await.expect("MAMIS_TEST_POSTGRES answers");
    admin.execute(sqlx::AssertSqlSafe(format!("create database {name}"))).await.expect("creates");
    let folder = tempfile::tempdir().expect("temporary folder");
    let (address, _) = server.rsplit_once('/').expect("an address with a database");
    let settings = Settings {
        data: folder.path().to_owned(),
        database_url: format!("{address}/{name}"),
        ..Settings::default()
    };
    run(settings, test).await;
    admin.execute(sqlx::AssertSqlSafe(format!("drop database {name} with (force)"))).await.expect("drops");
}
