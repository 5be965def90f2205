//! A database and a data folder for one test: on SQLite always, on PostgreSQL where a server is named.

use crate::process::{mamis, text};
use mamis_app::Settings;
use mamis_app::db::Db;
use mamis_app::secret::sha256_hex;
use mamis_schema::{account, session};
use sea_orm::{ColumnTrait, ConnectionTrait, Database, EntityTrait, QueryFilter};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use uuid::Uuid;

/// Where a program under test keeps everything.
pub(crate) struct Place {
    folder: TempDir,
    /// Empty: SQLite in the folder.
    database_url: String,
}

impl Place {
    /// A place on SQLite, or in the database of that address.
    pub(crate) fn new(database_url: &str) -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        Self { folder, database_url: database_url.to_owned() }
    }

    /// Whether several processes can serve it.
    pub(crate) fn is_shared(&self) -> bool {
        !self.database_url.is_empty()
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The program with this place's settings.
    pub(crate) fn mamis(&self) -> Command {
        let mut command = mamis(self.folder.path());
        command.env("MAMIS_DATABASE_URL", &self.database_url);
        command
    }

    /// Runs the program to its end, which must be a good one; what it printed.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.mamis().args(arguments).output().expect("runs");
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Makes the tables and fills them with invented people, of whom so many are logged in.
    pub(crate) fn load(&self, physicians: usize, sessions: usize) {
        self.run(&["migrate"]);
        let (physicians, sessions) = (physicians.to_string(), sessions.to_string());
        let size = ["--physicians", &physicians, "--credits", &physicians, "--sessions", &sessions];
        self.run(&[&["admin", "load"], &size[..]].concat());
    }

    /// The database, to look at beside the program.
    pub(crate) async fn look(&self) -> Db {
        let settings = Settings {
            data: self.data(),
            database_url: self.database_url.clone(),
            database_connections: 2,
            ..Settings::default()
        };
        Db::open(&settings).await.expect("opens")
    }
}

/// Runs a test on SQLite, and on PostgreSQL when `MAMIS_TEST_POSTGRES` names a server.
pub(crate) async fn each_place<F: Future<Output = ()>>(test: impl Fn(Place) -> F) {
    test(Place::new("")).await;
    let Some(server) = server() else { return };
    let (address, _) = server.rsplit_once('/').expect("an address with a database");
    let name = format!("mamis_{}", Uuid::now_v7().simple());
    let admin = Database::connect(&server).await.expect("MAMIS_TEST_POSTGRES answers");
    admin.execute_unprepared(&format!("create database {name}")).await.expect("creates");
    test(Place::new(&format!("{address}/{name}"))).await;
    admin.execute_unprepared(&format!("drop database {name} with (force)")).await.expect("drops");
}

/// The PostgreSQL of the tests.
///
/// # Panics
/// When `MAMIS_TEST_FULL` asks for one and none is named: a test left out must not look like a test passed.
pub(crate) fn server() -> Option<String> {
    let server = std::env::var("MAMIS_TEST_POSTGRES").ok();
    assert!(
        server.is_some() || std::env::var("MAMIS_TEST_FULL").is_err(),
        "MAMIS_TEST_FULL is set, but MAMIS_TEST_POSTGRES names no server: run bin/test"
    );
    server
}

/// The account behind the session of [`Place::load`] with this number.
pub(crate) async fn account_of(db: &Db, session: usize) -> account::Model {
    let hash = sha256_hex(format!("bench-{session}").as_bytes());
    let found = session::Entity::find().filter(session::Column::TokenHash.eq(hash)).one(db.read()).await;
    let account = found.expect("reads").expect("is logged in").account;
    account::Entity::find_by_id(account).one(db.read()).await.expect("reads").expect("is there")
}

/// Looks again and again until it is so; each look waits for an answer, none for the clock.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < Duration::from_secs(120), "never: {what}");
    }
}
