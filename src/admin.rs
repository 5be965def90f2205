//! `mamis admin …`: tools for the administrator.

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use mamis_app::audit::{self, Verdict};
use mamis_app::mail::{Recorded, record_bounce};
use mamis_app::seed::{self, National};
use mamis_app::{App, Cx};
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// What can be done.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// The audit log.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Write down mails that came back: delivery reports (RFC 3464), one in each file or one on standard input, as a
    /// mail server hands it to a program.
    Bounces {
        /// Files; none: standard input.
        files: Vec<PathBuf>,
    },
    /// Fill an empty database with invented people, for load tests.
    Load(Load),
}

/// How large the invented world is.
#[derive(Args)]
pub(crate) struct Load {
    /// Physicians.
    #[arg(long, default_value_t = National::COUNTRY.physicians)]
    physicians: usize,
    /// Credits; the default is as many for each physician as in the country.
    #[arg(long)]
    credits: Option<usize>,
    /// Physicians who are logged in, with the session cookies bench-0, bench-1, …
    #[arg(long, default_value_t = National::TOWN.sessions)]
    sessions: usize,
}

impl Load {
    fn size(&self) -> National {
        let usual = self.physicians * National::COUNTRY.credits / National::COUNTRY.physicians;
        National {
            physicians: self.physicians,
            credits: self.credits.unwrap_or(usual),
            sessions: self.sessions,
        }
    }
}

/// About the audit log.
#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Walk the whole chain and say whether every entry is as it was written.
    Verify,
}

/// Does it.
pub(crate) async fn run(app: Arc<App>, command: Command) -> Result<()> {
    match command {
        Command::Audit { command: AuditCommand::Verify } => match audit::verify(&app.db).await? {
            Verdict::Whole { entries } => println!("audit: {entries} entries, all as written"),
            Verdict::Broken { sequence, reason } => bail!("audit: entry {sequence}: {reason}"),
        },
        Command::Bounces { files } => bounces(&app, &files).await?,
        Command::Load(load) => {
            let began = Instant::now();
            let summary = seed::national(&app, load.size()).await?;
            for (table, rows) in &summary.tables {
                println!("{table} {rows}");
            }
            println!("{} rows in {:.1} s", summary.total(), began.elapsed().as_secs_f64());
        }
    }
    app.db.close().await;
    Ok(())
}

/// A message that is no report, or about no letter of ours, is no failure: the mail server that handed it over would
/// send it back to us.
async fn bounces(app: &Arc<App>, files: &[PathBuf]) -> Result<()> {
    let mut messages = Vec::new();
    for file in files {
        let message = std::fs::read(file).with_context(|| file.display().to_string())?;
        messages.push((file.display().to_string(), message));
    }
    if files.is_empty() {
        let mut message = Vec::new();
        std::io::stdin().read_to_end(&mut message).context("standard input")?;
        messages.push(("standard input".to_owned(), message));
    }
    let cx = Cx::system(app, "bounces");
    for (name, message) in &messages {
        let recorded = record_bounce(&cx, message).await?;
        if recorded.is_empty() {
            println!("{name}: no delivery report");
        }
        for one in recorded {
            match one {
                Recorded::Letter { status, dead: true } => {
                    println!("{name}: came back ({status}); no further mail to this address");
                }
                Recorded::Letter { status, dead: false } => println!("{name}: came back ({status})"),
                Recorded::Unknown => println!("{name}: about no letter of ours that was still open"),
            }
        }
    }
    Ok(())
}
