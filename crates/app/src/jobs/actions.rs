//! Every write of the jobs themselves: their runs, and the cleaning.

use super::timetable::{Row, When};
use super::{Report, Worker, queue};
use crate::cx::Cx;
use crate::db::Db;
use crate::error::{Error, Result};
use chrono::Duration;
use mamis_schema::{account_token, job_run, login_attempt, session};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

/// One round of a repeated job; a round with nothing to do leaves no row.
pub(super) async fn run_round(worker: &Worker, row: &Row) -> Result<Report> {
    let started_at = worker.app.clock.now();
    let outcome = (row.run)(worker.clone()).await;
    let (state, sentence) = match &outcome {
        Ok(report) if report.done == 0 => return outcome,
        Ok(report) => ("done", report.sentence.clone()),
        Err(error) => ("failed", error.to_string()),
    };
    count(row, state);
    job_run::ActiveModel {
        id: Set(Uuid::now_v7()),
        job: Set(row.job.to_owned()),
        started_at: Set(started_at),
        ended_at: Set(Some(worker.app.clock.now())),
        outcome: Set(state.to_owned()),
        report: Set(sentence),
    }
    .insert(worker.app.db.write())
    .await?;
    outcome
}

/// One run of a timed job, seen from its start: a row that says `running` for ever is a node that died.
pub(super) async fn run_slot(worker: &Worker, row: &Row) -> Result<Report> {
    debug_assert!(matches!(row.when, When::At(_)), "repeated jobs have no slots");
    let db = worker.app.db.write();
    let id = Uuid::now_v7();
    job_run::ActiveModel {
        id: Set(id),
        job: Set(row.job.to_owned()),
        started_at: Set(worker.app.clock.now()),
        ended_at: Set(None),
        outcome: Set("running".to_owned()),
        report: Set(String::new()),
    }
    .insert(db)
    .await?;
    let outcome = (row.run)(worker.clone()).await;
    let (state, sentence) = match &outcome {
        Ok(report) => ("done", report.sentence.clone()),
        Err(error) => ("failed", error.to_string()),
    };
    count(row, state);
    job_run::ActiveModel {
        id: Set(id),
        ended_at: Set(Some(worker.app.clock.now())),
        outcome: Set(state.to_owned()),
        report: Set(sentence),
        ..Default::default()
    }
    .update(db)
    .await?;
    outcome
}

fn count(row: &Row, outcome: &'static str) {
    metrics::counter!("mamis_job_runs_total", "job" => row.job, "outcome" => outcome).increment(1);
}

/// Deletes what nobody needs any more: sessions that ended, login attempts older than a day (limits look back
/// minutes), links that stopped working a week ago, runs older than 90 days.
///
/// # Errors
/// A fault of the database.
pub async fn clean_up(cx: &Cx) -> Result<Report> {
    let db = cx.app.db.write();
    // What belongs to logins goes by the time outside.
    let now = cx.app.clock.wall();
    let sessions = session::Entity::delete_many()
        .filter(session::Column::ExpiresAt.lt(now))
        .exec(db)
        .await?
        .rows_affected;
    let attempts = login_attempt::Entity::delete_many()
        .filter(login_attempt::Column::At.lt(now - Duration::days(1)))
        .exec(db)
        .await?
        .rows_affected;
    let links = account_token::Entity::delete_many()
        .filter(account_token::Column::ExpiresAt.lt(now - Duration::days(7)))
        .exec(db)
        .await?
        .rows_affected;
    let runs = job_run::Entity::delete_many()
        .filter(job_run::Column::StartedAt.lt(cx.now - Duration::days(90)))
        .exec(db)
        .await?
        .rows_affected;
    let tasks = forget_tasks(&cx.app.db).await?;
    Ok(Report {
        done: sessions + attempts + links + runs + tasks,
        sentence: format!(
            "deleted {sessions} sessions, {attempts} login attempts, {links} links, {runs} runs, {tasks} tasks"
        ),
    })
}

async fn forget_tasks(db: &Db) -> Result<u64> {
    queue::forget(db).await.map_err(Error::from)
}
