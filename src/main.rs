//! `mamis`: the server, its worker and its tools in one program.

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use mamis_app::{App, Clock, Settings, db::Db};
use mamis_rules::base::Day;
use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

mod admin;
mod demo;
mod serve;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Membership and training system of medical associations.
#[derive(Parser)]
#[command(name = "mamis", version)]
struct Cli {
    /// Settings file.
    #[arg(long, env = "MAMIS_CONFIG", default_value = "config.toml", global = true)]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Load the demo world and serve it.
    Demo(demo::Options),
    /// Serve pages; refuses a database that is behind.
    Serve {
        /// Whether this process also runs the timetable and the mails.
        #[arg(long, value_enum, default_value_t = serve::Jobs::Here)]
        jobs: serve::Jobs,
    },
    /// Run the timetable and the mails, without pages.
    Work,
    /// Bring the database up to date.
    Migrate,
    /// Decide one case, a JSON document on standard input; crates/rules/src/credit/contract.rs says what it may hold.
    Evaluate,
    /// Tools for the administrator.
    Admin {
        #[command(subcommand)]
        command: admin::Command,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if matches!(cli.command, Command::Evaluate) {
        return evaluate();
    }
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mamis: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(cli: Cli) -> Result<()> {
    let settings = Settings::load(&cli.config).map_err(anyhow::Error::msg)?;
    match cli.command {
        Command::Demo(options) => demo::run(settings, options).await,
        Command::Serve { jobs } => {
            serve::start_log(&settings);
            let app = open(settings, Clock::Real).await?;
            serve::run(app, jobs).await
        }
        Command::Work => {
            serve::start_log(&settings);
            let app = open(settings, Clock::Real).await?;
            serve::work(app).await
        }
        Command::Migrate => migrate(&settings).await,
        Command::Evaluate => bail!("evaluate needs no settings"),
        Command::Admin { command } => admin::run(open(settings, Clock::Real).await?, command).await,
    }
}

/// Opens a database that is up to date, or says what to run.
async fn open(settings: Settings, clock: Clock) -> Result<Arc<App>> {
    let db = Db::open(&settings).await?;
    let pending = db.pending_migrations().await?;
    let world = db.world(&pending).await?;
    db.close().await;
    if !pending.is_empty() {
        bail!(
            "the database {} is behind by {}: run `mamis migrate` first",
            settings.database_shown(),
            pending.join(", ")
        );
    }
    Ok(App::open(settings, clock, world).await?)
}

async fn migrate(settings: &Settings) -> Result<()> {
    std::fs::create_dir_all(&settings.data).with_context(|| settings.data.display().to_string())?;
    let db = Db::open(settings).await?;
    let pending = db.pending_migrations().await?;
    db.migrate().await?;
    println!("applied: {}", if pending.is_empty() { "nothing to do".to_owned() } else { pending.join(", ") });
    Ok(())
}

/// Reads one document, writes one; a malformed one is exit code 2 and a sentence on standard error.
fn evaluate() -> ExitCode {
    let mut input = String::new();
    if let Err(error) = std::io::stdin().read_to_string(&mut input) {
        eprintln!("evaluate: standard input is not UTF-8 text: {error}");
        return ExitCode::from(2);
    }
    match mamis_rules::credit::evaluate_document(&input) {
        Ok(output) => {
            println!("{output}");
            ExitCode::SUCCESS
        }
        Err(malformed) => {
            eprintln!("evaluate: {malformed}");
            ExitCode::from(2)
        }
    }
}

/// A day on the command line.
fn parse_day(text: &str) -> Result<Day, String> {
    Day::parse(text).map_err(|error| error.to_string())
}
