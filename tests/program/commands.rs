//! Commands, exit codes and sentences.

use crate::client::Client;
use crate::process::{Running, mamis, text};
use sea_orm::{ConnectionTrait, Database, DatabaseBackend, Statement};
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Output, Stdio};

/// Runs `mamis evaluate` on a document.
fn evaluate(document: &str) -> Output {
    let folder = tempfile::tempdir().expect("temporary folder");
    let mut command = mamis(folder.path());
    command.arg("evaluate").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("starts");
    child.stdin.take().expect("piped").write_all(document.as_bytes()).expect("writes");
    child.wait_with_output().expect("ends")
}

#[test]
fn evaluate_answers_and_explains() {
    let document = r#"{"scheme": "occupational_physician", "kind": "renewal", "on": "2026-11-22",
        "validity": {"from": "2022-04-01", "until": "2027-03-31"},
        "credits": [{"id": "a", "date": "2025-06-01", "source": "training", "course": "lifelong",
                     "category": "更新", "amount": "1.5", "title": "t"}],
        "activities": [], "waivers": [], "special_measures": []}"#;
    let output = evaluate(document);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["eligible"], false);
    assert_eq!(answer["counted"][0], "a");
    let practical =
        answer["requirements"].as_array().expect("a list").iter().find(|row| row["id"] == "practical");
    assert_eq!(practical.expect("the requirement")["need"], "1");
}

#[test]
fn evaluate_names_the_field_of_a_malformed_document() {
    let output = evaluate(r#"{"scheme": "occupational_physician", "kind": "renewal", "onn": "2026-11-22"}"#);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(text(&output.stderr).contains("onn"), "{}", text(&output.stderr));
}

#[test]
fn serve_refuses_a_database_that_is_behind_and_says_what_to_run() {
    let folder = tempfile::tempdir().expect("temporary folder");
    std::fs::create_dir(folder.path().join("data")).expect("makes the data folder");
    for command in ["serve", "work"] {
        let output = mamis(folder.path()).arg(command).output().expect("runs");
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains("run `mamis migrate` first"), "{}", text(&output.stderr));
    }
    let migrated = mamis(folder.path()).arg("migrate").output().expect("runs");
    assert!(migrated.status.success(), "{}", text(&migrated.stderr));
    let again = mamis(folder.path()).arg("migrate").output().expect("runs");
    assert!(text(&again.stdout).contains("nothing to do"), "{}", text(&again.stdout));
}

#[test]
fn an_unknown_setting_stops_the_program_with_its_name() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let output = mamis(folder.path()).env("MAMIS_LISTNE", "x").arg("migrate").output().expect("runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("listne"), "{}", text(&output.stderr));
}

/// A demo that does not start: its exit code and what it said.
fn refused(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = mamis(folder).arg("demo").args(arguments).output().expect("runs");
    (output.status.code(), text(&output.stderr))
}

/// The sentence is one line that names the cause; nothing else is printed.
fn one_sentence(said: &str, words: &[&str]) {
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(said.starts_with("mamis: ") && words.iter().all(|word| said.contains(word)), "{said}");
}

#[test]
fn a_demo_that_cannot_start_says_why_in_a_sentence() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("bound").to_string();
    let (code, said) = refused(folder.path(), &["--listen", &address, "--data", "d"]);
    assert_eq!(code, Some(1));
    one_sentence(&said, &[&address, "another program"]);
    assert!(!folder.path().join("d").exists(), "nothing is made before the address is there");

    let (code, said) = refused(folder.path(), &["--listen", "nowhere", "--data", "d"]);
    assert_eq!(code, Some(1));
    one_sentence(&said, &["cannot listen on nowhere"]);

    for day in ["2026-02-30", "tomorrow", "22.11.2026"] {
        let (code, said) = refused(folder.path(), &["--today", day]);
        assert_eq!(code, Some(2));
        assert!(said.contains("--today") && said.contains(day), "{said}");
    }

    // A file where the folder should be: nobody can write there, not even root, who runs some test machines.
    std::fs::write(folder.path().join("file"), "").expect("writes");
    let (code, said) = refused(folder.path(), &["--listen", "127.0.0.1:0", "--data", "file/demo"]);
    assert_eq!(code, Some(1));
    one_sentence(&said, &["data folder", "file/demo"]);
}

#[test]
fn the_demo_leaves_other_data_alone() {
    let folder = tempfile::tempdir().expect("temporary folder");
    for arguments in [&["migrate"][..], &["admin", "load", "--physicians", "40"]] {
        let output = mamis(folder.path()).args(arguments).output().expect("runs");
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let (code, said) = refused(folder.path(), &["--listen", "127.0.0.1:0", "--data", "data"]);
    assert_eq!(code, Some(1));
    one_sentence(&said, &["--data"]);

    let mut command = mamis(folder.path());
    command.env("MAMIS_DATABASE_URL", "postgres://127.0.0.1:1/mamis");
    let output = command.args(["demo", "--listen", "127.0.0.1:0", "--fresh"]).output().expect("runs");
    assert_eq!(output.status.code(), Some(1));
    one_sentence(&text(&output.stderr), &["--fresh"]);
}

#[tokio::test]
async fn the_demo_refuses_a_strangers_database_before_it_changes_it() {
    let folder = tempfile::tempdir().expect("temporary folder");
    std::fs::create_dir(folder.path().join("data")).expect("makes the data folder");
    let address = format!("sqlite://{}?mode=rwc", folder.path().join("data/mamis.sqlite").display());
    let database = Database::connect(&address).await.expect("makes the file");
    database.execute_unprepared("create table ledger (entry text)").await.expect("makes a table");
    database.close().await.expect("closes");
    let (code, said) = refused(folder.path(), &["--listen", "127.0.0.1:0", "--data", "data"]);
    assert_eq!(code, Some(1));
    one_sentence(&said, &["--data"]);
    let database = Database::connect(&address).await.expect("opens");
    let names = Statement::from_string(DatabaseBackend::Sqlite, "select name from sqlite_master");
    let names = database.query_all_raw(names).await.expect("reads");
    let names: Vec<String> = names.iter().map(|row| row.try_get("", "name").expect("a name")).collect();
    assert_eq!(names, ["ledger"], "no table of ours beside it");
}

#[tokio::test]
async fn a_demo_of_another_version_says_how_to_begin_anew() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let output = mamis(folder.path()).arg("migrate").output().expect("runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let address = format!("sqlite://{}", folder.path().join("data/mamis.sqlite").display());
    let database = Database::connect(&address).await.expect("opens");
    let other = "update _sqlx_migrations set checksum = x'00' where version = 2";
    database.execute_unprepared(other).await.expect("writes");
    database.close().await.expect("closes");
    let (code, said) = refused(folder.path(), &["--listen", "127.0.0.1:0", "--data", "data"]);
    assert_eq!(code, Some(1));
    one_sentence(&said, &["data", "mamis demo --fresh"]);
}

#[test]
fn a_killed_demo_starts_again_with_everything_in_place_and_afresh_when_asked() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let data = folder.path().join("demo");
    let start = |arguments: &[&str]| Running::demo(mamis(folder.path()), &data, arguments);
    let accounts = |demo: &Running| {
        let answer = Client::new(&demo.address).get("/demo/accounts.json");
        answer.body.matches("login_id").count()
    };
    let first = start(&[]);
    assert_eq!(Client::new(&first.address).get("/readyz").body, "ready\n");
    let page = Client::new(&first.address).get("/demo").body;
    assert!(page.contains("2026年11月22日"), "--today is the day of the demo");
    let known = accounts(&first);
    assert!(known > 10, "the named people are there: {known}");
    first.kill();

    let second = start(&[]);
    assert_eq!(accounts(&second), known);
    assert!(!second.lines().iter().any(|line| line.contains("行を書きました")), "nothing is made anew");
    second.stop();

    std::fs::write(data.join("own.txt"), "mine").expect("writes");
    let third = start(&["--fresh"]);
    assert!(third.lines().iter().any(|line| line.contains("行を書きました")), "{:#?}", third.lines());
    assert_eq!(accounts(&third), known);
    assert!(data.join("own.txt").exists(), "--fresh removes the demo's own files only");
    third.stop();
}
