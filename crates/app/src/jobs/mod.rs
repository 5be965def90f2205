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
pub(crate) use queue::migrations;

use crate::App;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::mail::Transport;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use timetable::{ROWS, Row, When};
use tokio::sync::{RwLock, watch};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

/// Rounds of a repeated job follow each other at this distance at least; with ten letters a round it bounds the
/// mail that leaves one node to ten letters a second.
const ROUND: Duration = Duration::from_secs(1);

/// After a failure of the database, the next try.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Wakes the repeated jobs of this process: called after a commit that queued work.
#[derive(Clone, Debug, Default)]
pub struct Wake(watch::Sender<()>);

impl Wake {
    /// Wakes them; one that is busy looks again when it is done.
    pub fn call(&self) {
        self.0.send_replace(());
    }
}

/// Set once the process was asked to stop.
#[derive(Debug, Default)]
pub struct Stopping(AtomicBool);

impl Stopping {
    /// Says that the process stops.
    pub fn begin(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Asked by a long job between two items: what it has done stays done, and its slot runs again at the next
    /// start.
    ///
    /// # Errors
    /// [`Error::Fault`] when the process stops.
    pub fn check(&self) -> Result<()> {
        if self.0.load(Ordering::SeqCst) {
            return Err(Error::fault("the process is stopping; the rest follows at the next start"));
        }
        Ok(())
    }
}

/// What a job is given.
#[derive(Clone)]
pub struct Worker {
    /// The application.
    pub app: Arc<App>,
    /// How letters leave.
    pub transport: Transport,
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
    /// A worker whose letters leave by the given transport.
    pub fn new(app: &Arc<App>, transport: Transport) -> Self {
        Self { app: app.clone(), transport, gate: Arc::default() }
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
    let transport = Transport::open(&app.settings.mail, &app.settings.data)?;
    run_worker(Worker::new(&app, transport), shutdown).await;
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
    worker.app.stopping.begin();
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
    let mut calls = worker.app.wake.0.subscribe();
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
                _ = calls.changed() => {}
                () = wait(pause) => {}
            }
        }
    }
}

/// Waits for a time that no event announces.
async fn wait(span: Duration) {
    let _never = tokio::time::timeout(span, std::future::pending::<()>()).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::each_database;
    use futures::FutureExt;
    use tokio::sync::Semaphore;

    static ROUNDS: Semaphore = Semaphore::const_new(0);

    /// Its own pause never ends within a test: only a call can begin its second round.
    static ROW: Row = Row {
        job: "test",
        when: When::Every(Duration::from_secs(86_400)),
        what: "Counts its rounds.",
        run: |_| {
            ROUNDS.add_permits(1);
            async { Ok(Report { done: 0, sentence: String::new() }) }.boxed()
        },
    };

    #[tokio::test]
    async fn a_call_begins_the_next_round() {
        each_database(|app| async move {
            let worker = Worker::new(&app, Transport::Memory(Arc::default()));
            let (stop, stopped) = watch::channel(());
            let rounds = tokio::spawn(repeat(worker, &ROW, Duration::from_secs(86_400), stopped));
            ROUNDS.acquire().await.expect("open").forget();
            app.wake.call();
            ROUNDS.acquire().await.expect("open").forget();
            drop(stop);
            rounds.await.expect("ends");
        })
        .await;
    }

    #[tokio::test]
    async fn the_gate_waits_for_what_runs_and_lets_no_more_begin() {
        let gate = Gate::default();
        let running = gate.running.read().await;
        let mut closing = std::pin::pin!(gate.close());
        assert!(closing.as_mut().now_or_never().is_none(), "a job runs");
        assert!(gate.closed.load(Ordering::SeqCst), "and no other may begin");
        drop(running);
        closing.await;
    }
}
