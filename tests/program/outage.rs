//! The database goes away and comes back while the program runs: pages say so, and everything goes on by
//! itself. PostgreSQL only: SQLite is a file.

use crate::client::{Answer, Client};
use crate::log;
use crate::place::{Place, account_of, server, until};
use crate::process::{Running, text};
use mamis_app::db::Db;
use mamis_schema::{job_run, outbox};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A PostgreSQL of this test alone, which it may stop.
struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Cluster {
    fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let output = Command::new(root.join("bin/install-tools")).arg("--postgres-bin").output();
        let programs = PathBuf::from(text(&output.expect("runs").stdout).trim());
        assert!(programs.join("pg_ctl").exists(), "no PostgreSQL programs here: run bin/install-tools");
        let folder = tempfile::tempdir().expect("temporary folder");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        drop(listener);
        let cluster = Self { folder, programs, port };
        let owner = Command::new("chown").arg("postgres").arg(cluster.folder.path()).output();
        assert!(!is_root() || owner.expect("runs").status.success(), "root hands the folder over");
        let data = cluster.data();
        cluster.run("initdb", &["--pgdata", &data, "--username=postgres", "--auth=trust", "--no-sync"]);
        cluster.up();
        cluster
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn up(&self) {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c fsync=off",
            self.port,
            self.folder.path().display()
        );
        let log = self.folder.path().join("log").display().to_string();
        self.run(
            "pg_ctl",
            &["--pgdata", &self.data(), "--wait", "--silent", "--log", &log, "-o", &options, "start"],
        );
    }

    /// As in a crash: connections are cut where they are.
    fn down(&self) {
        self.run("pg_ctl", &["--pgdata", &self.data(), "--wait", "--silent", "--mode=immediate", "stop"]);
    }

    /// The server refuses to run as root.
    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["--user", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let output = command.args(arguments).current_dir(self.folder.path()).output().expect("runs");
        assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if Path::new(&self.data()).join("postmaster.pid").exists() {
            self.down();
        }
    }
}

fn is_root() -> bool {
    text(&Command::new("id").arg("-u").output().expect("runs").stdout).trim() == "0"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_of_the_database_is_said_and_survived() {
    if server().is_none() {
        return;
    }
    let cluster = Cluster::start();
    let place = Place::new(&format!("postgres://postgres@127.0.0.1:{}/postgres", cluster.port));
    place.load(60, 4);
    let server = Running::serve(place.mamis(), &[]);
    assert_eq!(Client::with_session(&server.address, "bench-0").get("/my").status, 200);

    let db = place.look().await;
    until("the first slot is worked off", || async { cleanings(&db).await == 1 }).await;

    cluster.down();
    let ids = pages_say_so(&server.address);

    cluster.up();
    until("ready again", || async { Client::new(&server.address).get("/readyz").status == 200 }).await;
    assert_eq!(Client::with_session(&server.address, "bench-0").get("/my").status, 200);
    jobs_go_on(&server.address, &db).await;
    db.close().await;
    let lines = server.stop();
    let log = log::read(&lines);
    for id in ids {
        let found = log::of_request(&log, &id);
        let cause =
            found.iter().find(|line| line["message"] == "unavailable").expect("the cause is in the log");
        assert!(
            cause["level"] == "ERROR"
                && cause["cause"].as_str().is_some_and(|text| text.contains("database"))
        );
    }
    assert!(place.run(&["admin", "audit", "verify"]).contains("all as written"));
}

/// What people and balancers are told while the database is away; the ids on the pages.
fn pages_say_so(address: &str) -> Vec<String> {
    let browser = Client::with_session(address, "bench-0");
    // All at once: each waits a while for the database, since a restart of it is short.
    let ask = |ask: fn(&mut Client) -> Answer| {
        let mut browser = browser.clone();
        std::thread::spawn(move || ask(&mut browser))
    };
    let pages = [
        ask(|browser| browser.get("/my")),
        ask(|browser| browser.get("/trainings")),
        ask(|browser| browser.post("/login", &[("login_id", "x"), ("password", "y")])),
    ];
    let data = ask(|browser| browser.get_with("/my", &[("Accept", "application/json")]));
    let ready = Client::new(address).get("/readyz");
    assert_eq!((ready.status, ready.body.as_str()), (503, "the database does not answer\n"));
    assert_eq!(Client::new(address).get("/healthz").status, 200);
    let data = data.join().expect("no panic");
    assert_eq!(data.status, 503);
    assert!(data.body.contains(data.header("x-request-id")), "{}", data.body);
    pages
        .into_iter()
        .map(|page| {
            let page = page.join().expect("no panic");
            assert_eq!((page.status, page.header("retry-after")), (503, "30"), "{}", page.body);
            assert!(page.body.contains("ただいまご利用になれません"), "{}", page.body);
            log::shown_id(&page)
        })
        .collect()
}

/// Runs of the nightly cleaning.
async fn cleanings(db: &Db) -> u64 {
    job_run::Entity::find()
        .filter(job_run::Column::Job.eq("clean_up"))
        .filter(job_run::Column::Outcome.eq("done"))
        .count(db.read())
        .await
        .expect("counts")
}

/// A letter written afterwards is sent, and a slot of the timetable is worked off.
async fn jobs_go_on(address: &str, db: &Db) {
    let account = account_of(db, 0).await;
    let answer = Client::new(address).post("/password-resets", &[("login_id", &account.login_id)]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let sent = || async {
        let rows = outbox::Entity::find()
            .filter(outbox::Column::Kind.eq("password_reset"))
            .filter(outbox::Column::State.eq("sent"));
        rows.count(db.read()).await.expect("counts") == 1
    };
    until("the letter is sent", sent).await;
    // The slot that ran at the start, once more: what the timetable queues at its time.
    let again = "insert into apalis.jobs \
                 (id, job_type, job, status, attempts, max_attempts, run_at, priority, metadata, idempotency_key) \
                 select apalis.generate_ulid(), job_type, job, 'Pending', 0, 5, now(), priority, metadata, 'again' \
                 from apalis.jobs where idempotency_key like 'clean_up@%'";
    db.write().execute_unprepared(again).await.expect("writes");
    until("the slot is worked off", || async { cleanings(db).await == 2 }).await;
}
