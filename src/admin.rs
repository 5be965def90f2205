//! `mamis admin …`: tools for the administrator.

use anyhow::{Result, bail};
use clap::Subcommand;
use mamis_app::App;
use mamis_app::audit::{self, Verdict};
use std::sync::Arc;

/// What can be done.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// The audit log.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
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
    }
    app.db.close().await;
    Ok(())
}
