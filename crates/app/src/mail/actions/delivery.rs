//! How letters leave: taken by a lease, sent, marked.

use super::super::bounce;
use super::super::transport::Enclosure;
use super::super::{Failure, Sent, Transport};
use crate::App;
use crate::error::Result;
use chrono::{DateTime, Duration, Utc};
use mamis_schema::{attachment, outbox};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use uuid::Uuid;

/// Minutes before the next attempt, by attempts made: a server that is away for a minute delays a letter by a
/// minute, one that is away for a day is asked about forty times less often than every half hour.
const PAUSES: [i64; 7] = [1, 5, 15, 60, 240, 720, 1440];

/// Letters one worker takes at a time.
const BATCH: u64 = 10;

/// Files read for a notice at most.
const ENCLOSURES: u64 = 10;

/// How long a worker may hold its letters. A sending is cut off after a minute ([`Transport`]), so a batch
/// takes ten minutes at most; a worker that is alive is never robbed.
const LEASE: Duration = Duration::minutes(15);

/// What one round of sending did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Letters the server took.
    pub sent: u32,
    /// Letters to be tried again later.
    pub put_off: u32,
    /// Letters given up.
    pub failed: u32,
}

impl Delivery {
    /// Letters this round dealt with.
    pub fn total(self) -> u32 {
        self.sent + self.put_off + self.failed
    }
}

/// Takes up to ten letters that are due, sends them one after the other and marks each.
///
/// Any number of workers may run at once: each row is taken by one of them. A row whose worker died is taken
/// again when its lease has ended.
///
/// # Errors
/// A fault of the database; a mail server's refusal is no error but an outcome.
#[crate::boxed]
pub async fn deliver(app: &App, transport: &Transport) -> Result<Delivery> {
    let now = app.clock.now();
    let mut delivery = Delivery { failed: give_up(app, now).await?, ..Delivery::default() };
    let rows = take(app, now).await?;
    let mut enclosed = HashMap::new();
    for row in rows {
        let outcome = match enclosures(app, &mut enclosed, row.notice).await {
            Ok(files) => transport.send(&app.settings.mail, &row, files).await,
            Err(error) => Err(Failure::passing(error)),
        };
        if let Err(failure) = &outcome {
            tracing::warn!(mail = %row.id, attempt = row.attempts, answer = %failure.answer, "mail was not taken");
        }
        match mark(app, &row, outcome).await? {
            "sent" => delivery.sent += 1,
            "failed" => delivery.failed += 1,
            _ => delivery.put_off += 1,
        }
    }
    if delivery.failed > 0 {
        fall_over(app).await?;
    }
    Ok(delivery)
}

/// The files that go with a notice, read once a round.
async fn enclosures<'a>(
    app: &App,
    known: &'a mut HashMap<Uuid, Vec<Enclosure>>,
    notice: Option<Uuid>,
) -> Result<&'a [Enclosure]> {
    let Some(notice) = notice else { return Ok(&[]) };
    let entry = match known.entry(notice) {
        Entry::Occupied(entry) => return Ok(entry.into_mut()),
        Entry::Vacant(entry) => entry,
    };
    let rows = attachment::Entity::find()
        .filter(attachment::Column::Notice.eq(notice))
        .order_by_asc(attachment::Column::Id)
        .limit(ENCLOSURES)
        .all(app.db.read())
        .await?;
    let mut files = Vec::with_capacity(rows.len());
    for row in rows {
        let content = app.files.get(&row.file_key).await?.to_vec();
        files.push(Enclosure { name: row.file_name, media_type: row.media_type, content });
    }
    Ok(entry.insert(files))
}

/// Letters that are of use at once or never: their links have ended when the post arrives, or the next login says the
/// same.
pub(crate) const BY_MAIL_ONLY: [&str; 11] = [
    "email_verification",
    "first_login_reminder",
    "login_changed",
    "login_closed",
    "login_link",
    "officer_invitation",
    "password_reset",
    "registration_started",
    "registration_stopped",
    "seat_offered",
    "terms_published",
];

/// Letters to physicians that no server took go onto the post list. Address, attempts and the server's answer stay, so
/// that the office sees which address is wrong.
async fn fall_over(app: &App) -> Result<()> {
    outbox::Entity::update_many()
        .col_expr(outbox::Column::Channel, Expr::value("post"))
        .col_expr(outbox::Column::State, Expr::value("waiting"))
        .filter(outbox::Column::State.eq("failed"))
        .filter(outbox::Column::Channel.eq("mail"))
        .filter(outbox::Column::Physician.is_not_null())
        .filter(outbox::Column::Kind.is_not_in(BY_MAIL_ONLY))
        .exec(app.db.write())
        .await?;
    Ok(())
}

/// Rows that wait and are due.
fn waiting(now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(outbox::Column::Channel.eq("mail"))
        .add(outbox::Column::State.eq("waiting"))
        .add(outbox::Column::NextAttemptAt.lte(now))
}

/// Rows whose worker died holding them.
fn left_behind(now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(outbox::Column::Channel.eq("mail"))
        .add(outbox::Column::State.eq("sending"))
        .add(outbox::Column::LeaseUntil.lt(now))
}

fn due(now: DateTime<Utc>) -> Condition {
    Condition::any().add(waiting(now)).add(left_behind(now))
}

/// Letters of notices wait behind all others: two conditions that the two indexes of the outbox know by their words.
const NOTICES: &str = "kind = 'notice'";
const OTHERS: &str = "kind <> 'notice'";

/// Ids of letters that are due, first those that were left behind. Two questions: each has its index, both in one would
/// look at every letter that waits.
async fn ids(app: &App, now: DateTime<Utc>, which: &'static str, most: u64) -> Result<Vec<Uuid>> {
    let mut found: Vec<Uuid> = Vec::new();
    for condition in [left_behind(now), waiting(now)] {
        let free = most.saturating_sub(found.len() as u64);
        if free == 0 {
            break;
        }
        let ids: Vec<Uuid> = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::Id)
            .filter(condition)
            .filter(Expr::cust(which))
            .order_by_asc(outbox::Column::NextAttemptAt)
            .limit(free)
            .into_tuple()
            .all(app.db.read())
            .await?;
        found.extend(ids);
    }
    Ok(found)
}

/// How many letters of notices may leave now: so many in a minute, all nodes together.
async fn allowance(app: &App, now: DateTime<Utc>) -> Result<u64> {
    let taken = outbox::Entity::find()
        .filter(Expr::cust(NOTICES))
        .filter(outbox::Column::TriedAt.gt(now - Duration::minutes(1)))
        .count(app.db.read())
        .await?;
    Ok(app.settings.mail.notices_per_minute.saturating_sub(taken))
}

/// Takes rows by one conditional update. Where two workers choose the same rows, the second waits for the
/// first one's commit, looks at the condition again and gets none of them; on PostgreSQL READ COMMITTED says
/// so, on SQLite there is one writer.
async fn take(app: &App, now: DateTime<Utc>) -> Result<Vec<outbox::Model>> {
    let mut ids_due = ids(app, now, OTHERS, BATCH).await?;
    let free = BATCH.saturating_sub(ids_due.len() as u64);
    if free > 0 {
        let free = std::cmp::min(free, allowance(app, now).await?);
        ids_due.extend(ids(app, now, NOTICES, free).await?);
    }
    if ids_due.is_empty() {
        return Ok(Vec::new());
    }
    let mut taken = outbox::Entity::update_many()
        .col_expr(outbox::Column::State, Expr::value("sending"))
        .col_expr(outbox::Column::LeaseUntil, Expr::value(now + LEASE))
        .col_expr(outbox::Column::Attempts, Expr::col(outbox::Column::Attempts).add(1))
        .col_expr(outbox::Column::TriedAt, Expr::value(now))
        .filter(outbox::Column::Id.is_in(ids_due))
        .filter(due(now))
        .exec_with_returning(app.db.write())
        .await?;
    // The database gives them in any order.
    taken.sort_by_key(|row| (row.kind == "notice", row.next_attempt_at));
    Ok(taken)
}

/// Ends letters whose worker died at the last attempt, so that one letter cannot stop workers for ever.
async fn give_up(app: &App, now: DateTime<Utc>) -> Result<u32> {
    let hopeless = left_behind(now).add(outbox::Column::Attempts.gte(app.settings.mail.attempts));
    if outbox::Entity::find().filter(hopeless.clone()).one(app.db.read()).await?.is_none() {
        return Ok(0);
    }
    let ended = outbox::Entity::update_many()
        .col_expr(outbox::Column::State, Expr::value("failed"))
        .col_expr(outbox::Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
        .filter(hopeless)
        .exec(app.db.write())
        .await?;
    Ok(u32::try_from(ended.rows_affected).unwrap_or(u32::MAX))
}

/// Writes down how an attempt went and returns the new state. The attempt's number is the condition: a worker
/// that comes back after its lease has ended changes nothing.
async fn mark(
    app: &App,
    row: &outbox::Model,
    outcome: std::result::Result<Sent, Failure>,
) -> Result<&'static str> {
    let now = app.clock.now();
    let mut change = outbox::ActiveModel { lease_until: Set(None), ..Default::default() };
    let state = match outcome {
        Ok(sent) => {
            change.answer = Set(sent.answer);
            change.sent_at = Set(Some(now));
            "sent"
        }
        Err(failure) => {
            let status = bounce::status_in(&failure.answer);
            if failure.is_final {
                change.bounced_at = Set(Some(now));
                change.address_dead = Set(bounce::is_dead(&status));
                change.bounce = Set(status);
            }
            change.answer = Set(failure.answer);
            if failure.is_final || row.attempts >= app.settings.mail.attempts {
                "failed"
            } else {
                change.next_attempt_at = Set(now + pause(row.attempts));
                "waiting"
            }
        }
    };
    change.state = Set(state.to_owned());
    outbox::Entity::update_many()
        .set(change)
        .filter(outbox::Column::Id.eq(row.id))
        .filter(outbox::Column::State.eq("sending"))
        .filter(outbox::Column::Attempts.eq(row.attempts))
        .exec(app.db.write())
        .await?;
    Ok(state)
}

/// How long to wait after so many attempts.
fn pause(attempts: i32) -> Duration {
    let made = usize::try_from(attempts).unwrap_or(1).clamp(1, PAUSES.len());
    Duration::minutes(PAUSES[made - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_at_a_day() {
        let minutes: Vec<i64> = (1..=9).map(|attempts| pause(attempts).num_minutes()).collect();
        assert_eq!(minutes, [1, 5, 15, 60, 240, 720, 1440, 1440, 1440]);
    }
}
