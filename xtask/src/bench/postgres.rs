//! A PostgreSQL of our own, with the settings a server would have: it waits for the disk.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection};

use super::machine;

/// What differs from the defaults of PostgreSQL: memory for a small machine, and a longer log between checkpoints.
pub(crate) const SETTINGS: &[(&str, &str)] =
    &[("shared_buffers", "512MB"), ("max_wal_size", "4GB"), ("max_connections", "100")];

/// A cluster on this machine, or one that was there.
pub(crate) enum Cluster {
    /// Ours: stopped when dropped, its files stay for the next run.
    Own {
        /// Folder of initdb, pg_ctl, postgres.
        programs: PathBuf,
        /// Its files.
        folder: PathBuf,
        /// Where it listens.
        port: u16,
    },
    /// Somebody's, by its address without a database.
    Given(String),
}

impl Cluster {
    /// Starts the cluster in this folder; makes it first if it is not there.
    pub(crate) fn start(root: &Path, folder: &Path) -> Result<Self> {
        let output = Command::new(root.join("bin/install-tools")).arg("--postgres-bin").output()?;
        let programs = PathBuf::from(String::from_utf8(output.stdout)?.trim());
        ensure!(
            programs.is_dir(),
            "no PostgreSQL 15 or newer: run bin/install-tools, or give --postgres ADDRESS"
        );
        let folder = folder.to_owned();
        if !folder.join("data/PG_VERSION").exists() {
            make(&programs, &folder)?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let options = SETTINGS.iter().fold(
            format!(
                "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={}",
                folder.display()
            ),
            |text, (name, value)| format!("{text} -c {name}={value}"),
        );
        let (data, log) = (folder.join("data"), folder.join("log"));
        let mut start = as_postgres(&programs, "pg_ctl");
        start.arg("--pgdata").arg(&data).arg("--log").arg(&log).args(["--silent", "--wait", "--timeout=120"]);
        done(start.arg(format!("--options={options}")).arg("start"))
            .with_context(|| format!("see {}", log.display()))?;
        Ok(Self::Own { programs, folder, port })
    }

    /// The address of one of its databases.
    pub(crate) fn address(&self, database: &str) -> String {
        match self {
            Self::Own { port, .. } => format!("postgres://postgres@127.0.0.1:{port}/{database}"),
            Self::Given(address) => format!("{}/{database}", address.trim_end_matches('/')),
        }
    }

    /// Makes a database; one of the same name goes first.
    pub(crate) async fn make(&self, database: &str) -> Result<()> {
        let options = PgConnectOptions::from_str(&self.address("postgres"))?;
        let mut connection = PgConnection::connect_with(&options).await?;
        for statement in [
            format!("drop database if exists {database} with (force)"),
            format!("create database {database}"),
        ] {
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
        }
        connection.close().await?;
        Ok(())
    }

    /// Processor time of its connections; unknown for somebody's.
    pub(crate) fn processor_time(&self) -> Duration {
        self.process().map(machine::processor_time_of_children).unwrap_or_default()
    }

    fn process(&self) -> Option<u32> {
        let Self::Own { folder, .. } = self else { return None };
        std::fs::read_to_string(folder.join("data/postmaster.pid")).ok()?.lines().next()?.parse().ok()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let Self::Own { programs, folder, .. } = self else { return };
        let mut stop = as_postgres(programs, "pg_ctl");
        stop.arg("--pgdata").arg(folder.join("data")).args(["--silent", "--wait", "--mode=fast", "stop"]);
        if let Err(error) = done(&mut stop) {
            eprintln!("PostgreSQL in {} still runs: {error:#}", folder.display());
        }
    }
}

fn make(programs: &Path, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    if is_root() {
        done(Command::new("chown").arg("postgres").arg(folder))?;
    }
    let mut initdb = as_postgres(programs, "initdb");
    initdb.arg("--pgdata").arg(folder.join("data"));
    done(initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]))
}

/// The server refuses to run as root, so root hands it to the user `postgres`.
fn as_postgres(programs: &Path, name: &str) -> Command {
    let program = programs.join(name);
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["--user", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    // That user may not be able to read the folder we stand in.
    command.current_dir("/").stdout(std::process::Stdio::null());
    command
}

fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status")
        .is_ok_and(|text| text.lines().any(|line| line.starts_with("Uid:\t0\t")))
}

fn done(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}
