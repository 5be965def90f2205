//! `mamis demo`: a made-up world, ready to play with.

use crate::serve;
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use mamis_app::{App, Clock, Settings, World, seed};
use mamis_rules::base::Day;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Instant;

/// Options of `mamis demo`.
#[derive(Args)]
pub(crate) struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// Folder of the demo's database and files.
    #[arg(long, default_value = "data/demo")]
    data: PathBuf,
    /// Throw the folder's database away and begin anew.
    #[arg(long)]
    fresh: bool,
    /// Business date, YYYY-MM-DD; the default is the real one.
    #[arg(long, value_parser = crate::parse_day)]
    today: Option<Day>,
}

/// Loads the world if it is not there yet, and serves it.
pub(crate) async fn run(settings: Settings, options: Options) -> Result<()> {
    // Before anything is made: an address in use must not cost the folder's data.
    let listener = serve::listen(&options.listen).await?;
    let address = listener.local_addr()?;
    let settings = settings_of(settings, &options, address);
    serve::start_log(&settings);
    if options.fresh {
        clear(&settings)?;
    }
    let clock = options.today.map_or_else(Clock::movable, Clock::on);
    let app = App::open(settings, clock, World::Demo).await?;
    if app.db.holds_other_data().await? {
        bail!(
            "{} holds other data, not the demo: choose another folder with --data",
            app.settings.database_shown()
        );
    }
    app.db.migrate().await.map_err(|error| not_migrated(&app.settings, &error))?;
    if app.db.is_empty().await? {
        let started = Instant::now();
        println!("デモのデータを作っています…");
        let summary = seed::demo(&app).await?;
        println!("{}行を書きました（{:.1}秒）", summary.total(), started.elapsed().as_secs_f64());
    }
    println!("MAMIS のデモ: http://{}/demo （終わるには Ctrl+C）", from_here(address));
    serve::serve(app, listener, serve::Jobs::Here).await
}

/// What to do about tables that this program cannot bring up to date: the demo's own are made anew.
fn not_migrated(settings: &Settings, error: &mamis_app::Error) -> anyhow::Error {
    let said = error.to_string();
    // The words of sqlx for a migration that was changed or taken away since.
    if said.contains("was previously applied") && settings.database_url.is_empty() {
        anyhow!(
            "the demo in {} was made by another version of this program: begin anew with `mamis demo --fresh`, which \
             throws its data away",
            settings.data.display()
        )
    } else {
        anyhow!(said)
    }
}

fn settings_of(mut settings: Settings, options: &Options, address: SocketAddr) -> Settings {
    settings.listen.clone_from(&options.listen);
    settings.data.clone_from(&options.data);
    // Links in mails and QR codes lead here, unless somebody says how the demo is reached from elsewhere.
    if settings.public_url == Settings::default().public_url {
        settings.public_url = format!("http://{}", from_here(address));
    }
    settings.mail.transport = "folder".to_owned();
    // The demo may be loaded again at any time: speed before power loss.
    settings.sqlite_synchronous = "normal".to_owned();
    settings.log.filter = std::env::var("MAMIS_LOG__FILTER").unwrap_or_else(|_| "warn".to_owned());
    settings
}

/// The address as typed into a browser on this machine: "all addresses" is none.
fn from_here(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port())
    } else {
        address
    }
}

/// Removes the demo's own files and nothing else.
fn clear(settings: &Settings) -> Result<()> {
    if !settings.database_url.is_empty() {
        bail!(
            "--fresh works on the demo's own SQLite file only: empty {} yourself",
            settings.database_shown()
        );
    }
    for name in ["mamis.sqlite", "mamis.sqlite-wal", "mamis.sqlite-shm"] {
        let file = settings.data.join(name);
        if file.exists() {
            std::fs::remove_file(&file).with_context(|| file.display().to_string())?;
        }
    }
    for name in ["files", "mail"] {
        let folder = settings.data.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
        }
    }
    Ok(())
}
