//! `mamis admin …`: tools for the administrator.

use anyhow::{Result, bail};
use clap::Subcommand;
use mamis_app::audit::{self, Verdict};
use mamis_app::{App, seed};
use std::sync::Arc;

/// What can be done.
#[derive(Subcommand)]
pub enum Command {
    /// The audit log.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Fill an empty database with made-up data of any size, for load tests.
    Load {
        /// Physicians.
        #[arg(long, default_value_t = 350_000)]
        physicians: usize,
        /// Credits.
        #[arg(long, default_value_t = 5_000_000)]
        credits: usize,
        /// Physicians with a ready session (cookie `mamis_session=bench-<n>`).
        #[arg(long, default_value_t = 20_000)]
        sessions: usize,
    },
}

/// About the audit log.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Walk the whole chain and say whether every entry is as it was written.
    Verify,
}

/// Does it.
pub async fn run(app: Arc<App>, command: Command) -> Result<()> {
    match command {
        Command::Audit { command: AuditCommand::Verify } => match audit::verify(&app.db).await? {
            Verdict::Whole { entries } => println!("audit: {entries} entries, all as written"),
            Verdict::Broken { sequence, reason } => bail!("audit: entry {sequence}: {reason}"),
        },
        Command::Load { physicians, credits, sessions } => {
            let size = seed::National { physicians, credits, sessions };
            println!("{}", seed::national(&app, size).await?);
        }
    }
    app.db.close().await;
    Ok(())
}
