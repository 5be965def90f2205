//! Serving pages and working off jobs, until asked to stop.

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use mamis_app::{App, Settings, jobs};
use mamis_web::LONGEST_REQUEST;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

/// Where the timetable and the mails run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Jobs {
    /// In this process.
    Here,
    /// In a process of its own (`mamis work`).
    Elsewhere,
}

/// Starts the log in the form the settings ask for.
pub(crate) fn start_log(settings: &Settings) {
    let filter = EnvFilter::new(&settings.log.filter);
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if settings.log.format == "json" {
        log.json().flatten_event(true).init();
    } else {
        log.init();
    }
}

/// Serves until SIGTERM or Ctrl-C, then finishes the requests under way.
pub(crate) async fn run(app: Arc<App>, where_jobs: Jobs) -> Result<()> {
    let listener = listen(&app.settings.listen).await?;
    serve(app, listener, where_jobs).await
}

/// Opens the address of the settings.
pub(crate) async fn listen(address: &str) -> Result<TcpListener> {
    match TcpListener::bind(address).await {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            bail!("cannot listen on {address}: another program does; stop it, or choose another address")
        }
        outcome => outcome.with_context(|| format!("cannot listen on {address}")),
    }
}

/// Requests under way at the end have a little longer than any request may take. What is left then never sent
/// its request to the end, and would keep the process for ever.
const DRAIN: Duration = LONGEST_REQUEST.saturating_add(Duration::from_secs(5));

/// Serves on an open listener.
pub(crate) async fn serve(app: Arc<App>, listener: TcpListener, where_jobs: Jobs) -> Result<()> {
    let stop = stop_signal()?;
    let worker =
        (where_jobs == Jobs::Here).then(|| tokio::spawn(jobs::run(app.clone(), stopped(stop.clone()))));
    tracing::info!(listen = %listener.local_addr()?, "ready");
    let service = mamis_web::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(stopped(stop.clone()));
    tokio::select! {
        ended = serving.into_future() => ended?,
        () = overdue(stop) => tracing::warn!("ended with connections that never sent their request"),
    }
    if let Some(worker) = worker {
        worker.await??;
    }
    app.db.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Works off jobs until asked to stop.
pub(crate) async fn work(app: Arc<App>) -> Result<()> {
    let stop = stop_signal()?;
    jobs::run(app.clone(), stopped(stop)).await?;
    app.db.close().await;
    Ok(())
}

/// Becomes true when the process is asked to stop.
fn stop_signal() -> Result<watch::Receiver<bool>> {
    let (send, receive) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        // Nobody listening any more means everything has stopped already.
        let _ = send.send(true);
    });
    Ok(receive)
}

/// Ends when the time for what was under way at the stop has passed.
async fn overdue(stop: watch::Receiver<bool>) {
    stopped(stop).await;
    let _never = tokio::time::timeout(DRAIN, std::future::pending::<()>()).await;
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means the sender is gone, which happens only when the process ends.
    let _ = stop.wait_for(|stop| *stop).await;
}
