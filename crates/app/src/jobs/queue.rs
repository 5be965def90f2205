//! The slots of timed jobs, as tasks of apalis on our own database.

use super::timetable::{ROWS, Row};
use super::{AFTER_FAILURE, Worker, actions, wait};
use crate::db::{Db, Pools, dialect};
use crate::error::{Error, Result};
use apalis::prelude::*;
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// Name of the queue.
const QUEUE: &str = "timetable";

/// How often a worker looks for tasks and says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A worker silent for so many heartbeats counts as dead, and its tasks go to another.
const MISSED_HEARTBEATS: usize = 4;

/// Runs of one slot before it is given up.
const ATTEMPTS: usize = 5;

/// How often the timetable is looked at.
const LOOK: Duration = Duration::from_secs(20);

/// One slot of one job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Slot {
    job: String,
    at: DateTime<Utc>,
}

impl Slot {
    /// The same on every node: the queue takes a key once.
    fn key(&self) -> String {
        format!("{}@{}", self.job, self.at.timestamp())
    }
}

/// Makes the tables of the queue.
///
/// Not by `SqliteStorage::setup`: it would set `synchronous = off` on our connection, and a commit would no
/// longer survive a power loss.
///
/// # Errors
/// [`Error::Fault`] that names the migration.
#[crate::boxed]
pub async fn migrate(db: &Db) -> Result<()> {
    match db.pools() {
        Pools::Sqlite { write, .. } => {
            let mut migrator = SqliteStorage::<()>::migrations();
            migrator.set_ignore_missing(true);
            migrator.run(write).await
        }
        Pools::Postgres(pool) => PostgresStorage::<()>::migrations().run(pool).await,
    }
    .map_err(|error| dialect::migration_fault("tables of the job queue", &error))
}

/// Versions of the migrations that [`migrate`] runs.
pub(crate) fn migrations(db: &Db) -> Vec<i64> {
    let migrator = match db.pools() {
        Pools::Sqlite { .. } => SqliteStorage::<()>::migrations(),
        Pools::Postgres(_) => PostgresStorage::<()>::migrations(),
    };
    migrator.iter().filter(|step| !step.migration_type.is_down_migration()).map(|step| step.version).collect()
}

fn on_sqlite(pool: &sqlx::SqlitePool) -> SqliteStorage<Slot> {
    let config = apalis_sqlite::Config::default()
        .queue(QUEUE)
        .heartbeat_interval(HEARTBEAT)
        .missed_heartbeats(MISSED_HEARTBEATS);
    SqliteStorage::new(pool).with_config(config)
}

fn on_postgres(pool: &sqlx::PgPool) -> PostgresStorage<Slot> {
    let config = apalis_postgres::Config::default()
        .queue(QUEUE)
        .heartbeat_interval(HEARTBEAT)
        .missed_heartbeats(MISSED_HEARTBEATS);
    PostgresStorage::new(pool).with_config(config)
}

/// Puts a slot into the queue; one that is there already stays as it is.
async fn push(db: &Db, slot: Slot) -> Result<()> {
    let key = slot.key();
    let task = TaskBuilder::new(slot).idempotency_key(&key).max_attempts(ATTEMPTS).build();
    match db.pools() {
        Pools::Sqlite { write, .. } => on_sqlite(write).push_task(task).await.map_err(Error::fault),
        Pools::Postgres(pool) => {
            match on_postgres(pool).push_task(task).await {
                // On PostgreSQL apalis answers a known key with the fault of the unique index.
                Err(TaskSinkError::PushError(apalis_postgres::Error::Database(sqlx::Error::Database(
                    error,
                )))) if error.is_unique_violation() => Ok(()),
                outcome => outcome.map_err(Error::fault),
            }
        }
    }
}

/// Puts every slot into the queue when its time has come. The last slot before the start is put there too: it
/// may have passed while no node was up, and if not, its key is known.
pub(super) async fn keep_time(worker: Worker, mut stopped: watch::Receiver<()>) {
    let mut pushed = HashMap::new();
    loop {
        for row in ROWS {
            let now = worker.app.clock.now();
            let Ok(Some(at)) = row.last_slot(now) else { continue };
            if pushed.get(row.job) == Some(&at) {
                continue;
            }
            match push(&worker.app.db, Slot { job: row.job.to_owned(), at }).await {
                Ok(()) => {
                    pushed.insert(row.job, at);
                }
                Err(error) => tracing::error!(job = row.job, %error, "slot was not queued"),
            }
        }
        tokio::select! {
            _ = stopped.changed() => return,
            () = wait(LOOK) => {}
        }
    }
}

/// Works the queue until the end; a worker that lost the database is followed by a new one.
pub(super) async fn work(worker: Worker, mut stopped: watch::Receiver<()>) {
    while let Err(error) = work_once(&worker, stopped.clone()).await {
        tracing::error!(%error, "job queue");
        tokio::select! {
            _ = stopped.changed() => return,
            () = wait(AFTER_FAILURE) => {}
        }
    }
}

async fn work_once(worker: &Worker, stopped: watch::Receiver<()>) -> std::result::Result<(), WorkerError> {
    // A name of its own for each start: apalis refuses a name that was alive a moment ago.
    let name = format!("{QUEUE}-{}", Uuid::now_v7());
    match worker.app.db.pools() {
        Pools::Sqlite { write, .. } => {
            WorkerBuilder::new(name)
                .backend(on_sqlite(write))
                .data(worker.clone())
                .catch_panic()
                .parallelize(tokio::spawn)
                .build(run_slot)
                .run_with_ctx(until(worker, stopped))
                .await
        }
        Pools::Postgres(pool) => {
            WorkerBuilder::new(name)
                .backend(on_postgres(pool))
                .data(worker.clone())
                .catch_panic()
                .parallelize(tokio::spawn)
                .build(run_slot)
                .run_with_ctx(until(worker, stopped))
                .await
        }
    }
}

/// Stops an apalis worker only when no job runs. A worker that was told to stop no longer polls its backend,
/// which may then hold the one writing connection of SQLite in the middle of a transaction: a job that runs
/// would wait for that connection, and the worker for the job.
fn until(
    worker: &Worker,
    stopped: watch::Receiver<()>,
) -> impl FnMut(WorkerContext) -> futures::future::BoxFuture<'static, std::result::Result<(), WorkerError>> + use<>
{
    let gate = worker.gate.clone();
    move |context| {
        let (gate, mut stopped) = (gate.clone(), stopped.clone());
        Box::pin(async move {
            let _ended = stopped.changed().await;
            gate.close().await;
            context.stop()
        })
    }
}

/// The task of apalis.
async fn run_slot(slot: Slot, worker: Data<Worker>) -> std::result::Result<String, BoxDynError> {
    let _running = worker.gate.running.read().await;
    if worker.gate.closed.load(Ordering::SeqCst) {
        return Err("the process is stopping; the slot runs at the next start".into());
    }
    let Some(row) = Row::find(&slot.job) else {
        return Ok("no longer on the timetable".to_owned());
    };
    match actions::run_slot(&worker, row).await {
        Ok(report) => Ok(report.sentence),
        Err(error) => {
            tracing::error!(job = row.job, slot = %slot.at, %error, "job failed");
            Err(error.into())
        }
    }
}

/// Forgets slots done more than 400 days ago, so that a yearly one is still known by its key, and workers that
/// have been silent for a day.
///
/// # Errors
/// A fault of the database.
pub(super) async fn forget(db: &Db) -> std::result::Result<u64, sqlx::Error> {
    match db.pools() {
        Pools::Sqlite { write, .. } => {
            let tasks = sqlx::query(
                "delete from Jobs where status in ('Done', 'Killed') and done_at < unixepoch() - 400 * 86400",
            )
            .execute(write)
            .await?;
            sqlx::query(
                "delete from Workers where last_seen < unixepoch() - 86400 \
                 and id not in (select lock_by from Jobs where lock_by is not null)",
            )
            .execute(write)
            .await?;
            Ok(tasks.rows_affected())
        }
        Pools::Postgres(pool) => {
            let tasks = sqlx::query(
                "delete from apalis.jobs where status in ('Done', 'Killed') \
                 and done_at < now() - interval '400 days'",
            )
            .execute(pool)
            .await?;
            sqlx::query(
                "delete from apalis.workers where last_seen < now() - interval '1 day' \
                 and id not in (select lock_by from apalis.jobs where lock_by is not null)",
            )
            .execute(pool)
            .await?;
            Ok(tasks.rows_affected())
        }
    }
}
