//! A demo server with a database of its own.

use crate::http::{self, Answer};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The business day on which the world of the tests begins: the calendars of the offices are written for it.
const TODAY: &str = "2026-11-22";

/// Whom to log in as, as `/demo/accounts.json` tells.
#[derive(Clone, Debug)]
pub struct Account {
    /// What to type.
    pub login_id: String,
    /// What to type.
    pub password: String,
    /// The person.
    pub name: String,
    /// A code not used yet; officers only.
    pub one_time_code: Option<String>,
}

/// What a site keeps its world in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file of its own.
    Sqlite,
    /// A database of its own on the server that `MAMIS_TEST_POSTGRES` names.
    Postgres,
}

impl Database {
    /// Whether there is one of this kind to test on.
    ///
    /// # Errors
    /// When `MAMIS_TEST_FULL` asks for PostgreSQL and no server is named: a test left out must not look like
    /// a test passed.
    pub fn is_there(self) -> Result<bool> {
        let is_there = self == Self::Sqlite || server().is_some();
        let is_owed = std::env::var_os("MAMIS_TEST_FULL").is_some();
        ensure!(is_there || !is_owed, "MAMIS_TEST_POSTGRES names no server: run bin/test");
        Ok(is_there)
    }
}

fn server() -> Option<String> {
    std::env::var("MAMIS_TEST_POSTGRES").ok()
}

/// The running server; it ends with this value.
pub struct Site {
    /// Where it listens, without a slash at the end.
    pub url: String,
    port: u16,
    folder: TempDir,
    server: Child,
    /// The database's name on PostgreSQL.
    database: Option<String>,
}

impl Site {
    /// Starts the demo with a world of its own and waits until it prints its address. On SQLite, or on
    /// PostgreSQL with `MAMIS_TEST_SITE=postgres`.
    ///
    /// # Errors
    /// As [`Site::start_on`].
    pub async fn start() -> Result<Self> {
        let is_asked = std::env::var("MAMIS_TEST_SITE").is_ok_and(|word| word == "postgres");
        Self::start_on(if is_asked { Database::Postgres } else { Database::Sqlite }).await
    }

    /// The same on the database of that kind.
    ///
    /// # Errors
    /// When the program is not built, or ends before it listens; when PostgreSQL is not there.
    pub async fn start_on(kind: Database) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = free_port()?;
        let program = program()?;
        let mut command = Command::new(&program);
        // Settings of whoever runs the tests are not the demo's.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MAMIS_"))
        {
            command.env_remove(name);
        }
        let database = match kind {
            Database::Sqlite => None,
            Database::Postgres => {
                let (name, url) = create_database().await?;
                command.env("MAMIS_DATABASE_URL", url);
                Some(name)
            }
        };
        let mut server = command
            .args(["demo", "--today", TODAY, "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| program.display().to_string())?;
        let mut lines = BufReader::new(server.stdout.take().context("stdout was asked for")?).lines();
        let url = format!("http://127.0.0.1:{port}");
        while let Some(line) = lines.next_line().await? {
            if line.contains(&url) {
                // Whatever it prints later must not fill the pipe.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self { url, port, folder, server, database });
            }
        }
        bail!("{} ended before it listened: {}", program.display(), server.wait().await?)
    }

    /// Ends the server and takes its database away; only needed to leave a PostgreSQL clean that stays.
    ///
    /// # Errors
    /// When the database cannot be dropped.
    pub async fn end(mut self) -> Result<()> {
        self.server.kill().await?;
        match &self.database {
            None => Ok(()),
            Some(name) => on_server(&format!("drop database {name} with (force)")).await,
        }
    }

    /// A folder of this site for a test's own files.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// An address of the site without a browser; `session` is the value of a session cookie or "".
    ///
    /// # Errors
    /// When nobody answers.
    pub fn get(&self, path: &str, session: &str) -> Result<Answer> {
        let cookie = if session.is_empty() { String::new() } else { format!("mamis_session={session}") };
        http::get(self.port, path, &cookie)
    }

    /// Somebody to log in as.
    ///
    /// # Errors
    /// When the demo knows nobody of that name.
    pub fn account(&self, login_id: &str) -> Result<Account> {
        let answer = self.get("/demo/accounts.json", "")?;
        ensure!(answer.status == 200, "/demo/accounts.json: {}", answer.status);
        let accounts: Value = serde_json::from_slice(&answer.body)?;
        let account = accounts
            .as_array()
            .context("a list")?
            .iter()
            .find(|account| account["login_id"] == login_id)
            .with_context(|| format!("the demo has no {login_id}"))?;
        let text = |name: &str| account[name].as_str().map(str::to_owned);
        Ok(Account {
            login_id: login_id.to_owned(),
            password: text("password").context("a password")?,
            name: text("name").context("a name")?,
            one_time_code: text("one_time_code"),
        })
    }
}

/// Name and address of a new, empty database.
async fn create_database() -> Result<(String, String)> {
    let server = server().context("MAMIS_TEST_POSTGRES names no server")?;
    let (address, _) = server.rsplit_once('/').context("an address with a database")?;
    let name = format!("mamis_{}", uuid::Uuid::now_v7().simple());
    on_server(&format!("create database {name}")).await?;
    let url = format!("{address}/{name}");
    Ok((name, url))
}

async fn on_server(statement: &str) -> Result<()> {
    let server = server().context("MAMIS_TEST_POSTGRES names no server")?;
    let mut connection = PgConnection::connect(&server).await?;
    // Names of our own making only.
    connection.execute(AssertSqlSafe(statement.to_owned())).await?;
    Ok(())
}

/// The program under test: `MAMIS_BIN`, or what `cargo build` left beside this test.
fn program() -> Result<PathBuf> {
    if let Some(program) = std::env::var_os("MAMIS_BIN") {
        return Ok(program.into());
    }
    let test = std::env::current_exe()?;
    let program = test.ancestors().nth(2).context("a target folder")?.join("mamis");
    ensure!(program.exists(), "build the program first (cargo build), or name it in MAMIS_BIN");
    Ok(program)
}

/// The demo writes its address into mails and QR codes, so it has to know its port before it listens.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
