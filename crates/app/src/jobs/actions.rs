//! Every write of the jobs themselves: their runs, and the cleaning.

use super::timetable::{Row, When};
use super::{Report, Worker, queue};
use crate::cx::Cx;
use crate::error::Result;
use crate::{bulk_change, document, organizer, provisional_credential, registration};
use chrono::{DateTime, Duration, Utc};
use mamis_schema::{account_token, job_run, login_attempt, passkey_challenge, session};
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

/// Held files that one run takes; the rest waits for the next night.
const HELD: u64 = 5_000;

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
/// minutes), links that stopped working a week ago, questions to passkeys that are over, registrations that nobody
/// finished, files of cards older than a month, files of attendance certificates older than a week, bulk changes that nobody ran, files held for a form that nobody sent
/// again within a week, runs older than 90 days, tasks that are over.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
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
    let challenges = passkey_challenge::Entity::delete_many()
        .filter(passkey_challenge::Column::ExpiresAt.lt(now))
        .exec(db)
        .await?
        .rows_affected;
    let runs = job_run::Entity::delete_many()
        .filter(job_run::Column::StartedAt.lt(cx.now - Duration::days(90)))
        .exec(db)
        .await?
        .rows_affected;
    let deleted = [
        (sessions, "sessions"),
        (attempts, "login attempts"),
        (links, "links"),
        (challenges, "challenges"),
        (registration::actions::forget(cx).await?, "registrations"),
        (organizer::actions::forget(cx).await?, "of organizers"),
        (provisional_credential::actions::forget(cx).await?, "files of cards"),
        (document::actions::attendance_run::forget(cx).await?, "files of attendance certificates"),
        (bulk_change::actions::forget::forget(cx).await?, "unused bulk changes"),
        (forget_held(cx, cx.now - Duration::days(7)).await?, "held files"),
        (runs, "runs"),
        (queue::forget(&cx.app.db).await?, "tasks"),
    ];
    let parts: Vec<String> = deleted.iter().map(|(count, what)| format!("{count} {what}")).collect();
    Ok(Report {
        done: deleted.iter().map(|(count, _)| count).sum(),
        sentence: format!("deleted {}", parts.join(", ")),
    })
}

/// Flyers and photos that were chosen before this instant and never became part of a training or a paper credit, row
/// and file: whoever changed their mind about a form has not given it to us.
async fn forget_held(cx: &Cx, before: DateTime<Utc>) -> Result<u64> {
    use mamis_schema::{attachment, paper_credit, training};
    let photos = Query::select()
        .column(paper_credit::Column::Photo)
        .from(paper_credit::Entity)
        .and_where(paper_credit::Column::Photo.is_not_null())
        .to_owned();
    let flyers = Query::select()
        .column(training::Column::Flyer)
        .from(training::Entity)
        .and_where(training::Column::Flyer.is_not_null())
        .to_owned();
    let unclaimed = Condition::all()
        .add(attachment::Column::Kind.is_in(["flyer", "photo"]))
        .add(attachment::Column::CreatedAt.lt(before))
        .add(attachment::Column::Id.not_in_subquery(photos))
        .add(attachment::Column::Id.not_in_subquery(flyers));
    let rows =
        attachment::Entity::find().filter(unclaimed.clone()).limit(HELD).all(cx.app.db.write()).await?;
    let mut deleted = 0;
    for row in rows {
        // Asked again with the deletion: a form may have claimed it meanwhile, and then its file must stay.
        let gone = attachment::Entity::delete_many()
            .filter(unclaimed.clone().add(attachment::Column::Id.eq(row.id)))
            .exec(cx.app.db.write())
            .await?
            .rows_affected;
        if gone == 1 {
            cx.app.files.remove(&row.file_key).await?;
        }
        deleted += gone;
    }
    Ok(deleted)
}
