//! The program itself, as a process of its own on this machine.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::process::{Child, Command};

use super::drive;
use super::machine;

/// Which program, on which database, with which folder.
#[derive(Clone, Debug)]
pub(crate) struct Installed {
    /// The built program.
    pub(crate) program: PathBuf,
    /// Its data folder.
    pub(crate) data: PathBuf,
    /// Address of the database; empty for SQLite in the folder.
    pub(crate) database: String,
}

/// How long a load took and what it wrote.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    /// Duration of `mamis admin load`.
    pub(crate) seconds: f64,
    /// What it printed: rows by table.
    pub(crate) rows: String,
}

impl Installed {
    /// A command of the program with the settings of the bench, and only those.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MAMIS_")) {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .current_dir(&self.data)
            .env("MAMIS_CONFIG", self.data.join("config.toml"))
            .env("MAMIS_DATA", &self.data)
            .env("MAMIS_DATABASE_URL", &self.database)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end; what it printed.
    async fn run(&self, arguments: &[&str]) -> Result<String> {
        let what = format!("mamis {}", arguments.join(" "));
        let output = self.command(arguments).output().await.with_context(|| what.clone())?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{what}: {}", errors.trim());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Makes the tables and loads a world of this size, unless the folder says that this was done.
    pub(crate) async fn load(&self, physicians: usize, sessions: usize) -> Result<Loaded> {
        let note = self.data.join("loaded");
        if let Ok(text) = std::fs::read_to_string(&note) {
            let again = || format!("{}: remove it to load again", note.display());
            // Migrations may be rewritten until the first release: a world of older ones would be measured unnoticed.
            self.run(&["migrate"]).await.with_context(again)?;
            return parse_note(&text).with_context(again);
        }
        std::fs::create_dir_all(&self.data)?;
        self.run(&["migrate"]).await?;
        let (physicians, sessions) = (physicians.to_string(), sessions.to_string());
        let began = Instant::now();
        let rows = self.run(&["admin", "load", "--physicians", &physicians, "--sessions", &sessions]).await?;
        let loaded = Loaded { seconds: began.elapsed().as_secs_f64(), rows: rows.trim().to_owned() };
        std::fs::write(&note, format!("{}\n{}\n", loaded.seconds, loaded.rows))?;
        Ok(loaded)
    }

    /// Starts the server without jobs and waits until it is ready: the timetable would catch up with the night's work
    /// while pages are measured.
    pub(crate) async fn serve(&self) -> Result<Server> {
        self.serve_with(&["--jobs", "elsewhere"], "log").await
    }

    /// Starts the server with the jobs in the same process.
    pub(crate) async fn serve_and_work(&self) -> Result<Server> {
        self.serve_with(&[], "log").await
    }

    /// Starts several servers on the same database; the first of them works.
    pub(crate) async fn serve_together(&self, processes: usize) -> Result<Vec<Server>> {
        let mut servers = vec![self.serve_and_work().await?];
        for number in 1..processes {
            servers.push(self.serve_with(&["--jobs", "elsewhere"], &format!("log-{}", number + 1)).await?);
        }
        Ok(servers)
    }

    async fn serve_with(&self, arguments: &[&str], log: &str) -> Result<Server> {
        let log = self.data.join(log);
        // The kernel names a free port; nobody else on this machine asks for one by number.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = self.command(&[&["serve"], arguments].concat());
        command.env("MAMIS_LISTEN", address.to_string()).env("MAMIS_PUBLIC_URL", format!("http://{address}"));
        let began = Instant::now();
        let mut child = command.stdout(Stdio::null()).stderr(File::create(&log)?).spawn()?;
        tokio::select! {
            ready = drive::ready(address, "/readyz", Duration::from_secs(60)) => ready?,
            ended = child.wait() => bail!("mamis serve ended with {}: see {}", ended?, log.display()),
        }
        let ready_after = began.elapsed();
        Ok(Server { child, address, ready_after })
    }
}

fn parse_note(text: &str) -> Result<Loaded> {
    let (seconds, rows) = text.split_once('\n').context("no first line")?;
    Ok(Loaded { seconds: seconds.parse()?, rows: rows.trim().to_owned() })
}

/// A running server; dropped, it is killed.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// From its start to the first `/readyz` that says so.
    pub(crate) ready_after: Duration,
}

impl Server {
    fn process(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Resident memory in MiB, now and at its highest.
    pub(crate) fn memory(&self) -> (f64, f64) {
        let mib = |which: &str| machine::resident(self.process(), which) as f64 / 1024.0;
        (mib("VmRSS"), mib("VmHWM"))
    }

    /// Processor time used so far.
    pub(crate) fn processor_time(&self) -> Duration {
        machine::processor_time(self.process())
    }

    /// Asks it to stop, as systemd does, and waits for that.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let process = self.process().to_string();
        let asked = Command::new("kill").args(["-TERM", &process]).status().await?;
        ensure!(asked.success(), "kill -TERM {process}");
        let ended = tokio::time::timeout(Duration::from_secs(60), self.child.wait()).await;
        let status = ended.context("the server did not stop within a minute")??;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

/// The program beside this one: built in the same profile.
pub(crate) fn program_beside() -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let program = here.parent().unwrap_or(Path::new(".")).join("mamis");
    ensure!(program.exists(), "{} is missing: cargo build --release --package mamis", program.display());
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_of_a_load_is_read_back() {
        let loaded = parse_note("41.5\nphysician 3000\ncredit 43000\n").unwrap();
        assert_eq!((loaded.seconds, loaded.rows.as_str()), (41.5, "physician 3000\ncredit 43000"));
        assert!(parse_note("soon\nphysician 3000").is_err());
        assert!(parse_note("41.5").is_err());
    }
}
