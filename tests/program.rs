//! The program as its user meets it: commands, exit codes, sentences, and what survives being killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn mamis(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mamis"));
    // The tests' own settings, whatever the developer's environment holds.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MAMIS_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).env("MAMIS_DATA", folder.join("data")).stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

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
    let output = mamis(folder.path()).arg("serve").output().expect("runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("run `mamis migrate` first"), "{}", text(&output.stderr));

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

/// A running demo; killed when dropped.
struct Demo {
    child: Child,
    address: String,
}

impl Demo {
    /// Starts it and waits for the line with the address.
    fn start(folder: &Path) -> Self {
        let mut command = mamis(folder);
        command.args(["demo", "--listen", "127.0.0.1:0", "--today", "2026-11-22", "--data"]);
        command.arg(folder.join("demo")).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let address = loop {
            let line = lines.next().expect("the address comes before the end").expect("UTF-8");
            if let Some((_, rest)) = line.split_once("http://") {
                break rest.split('/').next().expect("a host").to_owned();
            }
        };
        Self { child, address }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("connects");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address)
            .expect("asks");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("answers");
        text(&answer)
    }

    fn signal(&mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        Command::new("kill").args([signal, &id]).status().expect("signals");
        self.child.wait().expect("ends").code()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Already ended is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_killed_demo_starts_again_with_everything_in_place() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let mut first = Demo::start(folder.path());
    assert!(first.get("/readyz").ends_with("ready\n"));
    let accounts = |answer: &str| answer.matches("login_id").count();
    let known = accounts(&first.get("/demo/accounts.json"));
    assert!(known > 10, "the named people are there: {known}");
    assert_eq!(first.signal("-KILL"), None, "killed, not ended");

    let mut second = Demo::start(folder.path());
    assert_eq!(accounts(&second.get("/demo/accounts.json")), known);
    assert_eq!(second.signal("-TERM"), Some(0), "asked to stop, it ends in order");
}
