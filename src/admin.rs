//! `mamis admin …`: tools for the administrator.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use mamis_app::App;
use mamis_app::audit::{self, Verdict};
use mamis_app::seed::{self, National};
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
