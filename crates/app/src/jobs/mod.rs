//! The jobs: what runs without anybody asking, by the one [`timetable`].
//!
//! Two kinds of rows. A *repeated* job runs on every node, all the time; it takes its work row by row with
//! leases, so nodes never meet ([`crate::mail`]). A *timed* job has slots, such as every day at six; a slot is
//! one task in the apalis queue, and its key makes it one however many nodes push it. A node that dies leaves
//! its task to another, a failed one is tried again, and a slot that passed while no node was up runs at the
//! next start.
//!
//! Each run leaves a row in `job_run`; repeated jobs only when they found something to do.

mod actions;
mod queue;
pub mod timetable;

pub use actions::clean_up;
pub use queue::migrate;

use crate::App;
use crate::cx::Cx;
use crate::error::Result;
use crate::mail::Transport;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use timetable::{ROWS, Row, When};
use tokio::sync::{Notify, RwLock, watch};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

/// Rounds of a repeated job follow each other at this distance at least; with ten letters a round it bounds the
/// mail that leaves one node to ten letters a second.
const ROUND: Duration = Duration::from_secs(1);

/// After a failure of the database, the next try.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Wakes the repeated jobs of this process: called after a commit that queued work.
#[derive(Clone, Debug, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Wakes them; when all are busy, the next round starts at once.
    pub fn call(&self) {
        self.0.notify_one();
    }
}

/// What a job is given.
#[derive(Clone)]
pub struct Worker {
    /// The application.
    pub app: Arc<App>,
    /// How letters leave.
    pub transport: Transport,
    /// What wakes repeated jobs before their time.
    pub wake: Wake,
    gate: Arc<Gate>,
}

/// What a job did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many things it dealt with; zero: there was nothing to do.
    pub done: u64,
    /// The same in a sentence, for the list of runs.
    pub sentence: String,
}

/// Counts running jobs at the shutdown: closed, it lets no further one begin.
#[derive(Default)]
struct Gate {
    closed: AtomicBool,
    running: RwLock<()>,
}

impl Gate {
    /// Lets no job begin any more and waits for those that run.
    async fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        drop(self.running.write().await);
    }
}

impl Worker {
    /// A worker with the transport of the settings.
    ///
    /// # Errors
    /// As [`Transport::open`].
    pub fn new(app: &Arc<App>) -> Result<Self> {
        let transport = Transport::open(&app.settings.mail, &app.settings.data)?;
        Ok(Self::with(app, transport, app.wake.clone()))
    }

    /// A worker with the given transport and wake-up call.
    pub fn with(app: &Arc<App>, transport: Transport, wake: Wake) -> Self {
        Self { app: app.clone(), transport, wake, gate: Arc::default() }
    }

    /// The context of a job, at this instant.
    pub fn cx(&self, job: &str) -> Cx {
        Cx::system(&self.app, job)
    }
}

/// Runs the whole timetable until `shutdown`, then finishes what runs.
///
/// # Errors
/// The settings of the mail; later faults are logged and tried again.
pub async fn run(app: Arc<App>, shutdown: impl Future<Output = ()>) -> Result<()> {
    run_worker(Worker::new(&app)?, shutdown).await;
    Ok(())
}

/// As [`run`], for a worker made before.
pub async fn run_worker(worker: Worker, shutdown: impl Future<Output = ()>) {
    let (stop, stopped) = watch::channel(());
    let mut tasks = JoinSet::new();
    for row in ROWS {
        if let When::Every(pause) = row.when {
            tasks.spawn(repeat(worker.clone(), row, pause, stopped.clone()));
        }
    }
    tasks.spawn(queue::keep_time(worker.clone(), stopped.clone()));
    tasks.spawn(queue::work(worker.clone(), stopped));
    tracing::info!("jobs: started");
    shutdown.await;
    drop(stop);
    worker.gate.close().await;
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "jobs: a worker ended badly");
        }
    }
    tracing::info!("jobs: stopped");
}

/// Runs a repeated job round after round. A round that found work is followed by the next; one that found none
/// waits for a call or its pause.
async fn repeat(worker: Worker, row: &'static Row, pause: Duration, mut stopped: watch::Receiver<()>) {
    let mut rounds = tokio::time::interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            _ = rounds.tick() => {}
        }
        let found = match actions::run_round(&worker, row).await {
            Ok(report) => report.done > 0,
            Err(error) => {
                tracing::error!(job = row.job, %error, "job failed");
                false
            }
        };
        if !found {
            tokio::select! {
                _ = stopped.changed() => return,
                () = worker.wake.0.notified() => {}
                () = wait(pause) => {}
            }
        }
    }
}

/// Waits for a time that no event announces.
async fn wait(span: Duration) {
    let _never = tokio::time::timeout(span, std::future::pending::<()>()).await;
}
