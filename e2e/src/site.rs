//! A demo server with a database of its own.

use crate::http::{self, Answer};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
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

/// The running server; it ends with this value.
pub struct Site {
    /// Where it listens, without a slash at the end.
    pub url: String,
    port: u16,
    folder: TempDir,
    _server: Child,
}

impl Site {
    /// Starts the demo with a world of its own and waits until it prints its address.
    ///
    /// # Errors
    /// When the program is not built, or ends before it listens.
    pub async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = free_port()?;
        let program = program()?;
        let mut command = Command::new(&program);
        // Settings of whoever runs the tests are not the demo's.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MAMIS_"))
        {
            command.env_remove(name);
        }
        let mut server = command
            .args(["demo", "--fresh", "--today", TODAY, "--listen", &format!("127.0.0.1:{port}"), "--data"])
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
                return Ok(Self { url, port, folder, _server: server });
            }
        }
        bail!("{} ended before it listened: {}", program.display(), server.wait().await?)
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
