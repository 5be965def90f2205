//! Every write to the outbox.
//!
//! These rows are the log of their own sending, hence no audit entries here: the action that queued the
//! letter has left one.

use super::{Failure, Letter, Recipient, Sent, Transport};
use crate::App;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use chrono::{DateTime, Duration, Utc};
use mamis_rules::base::{OfficerId, PhysicianId, full_name};
use mamis_schema::{officer, outbox, physician};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    Set,
};
use uuid::Uuid;

/// Minutes before the next attempt, by attempts made: a server that is away for a minute delays a letter by a
/// minute, one that is away for a day is asked about forty times less often than every half hour.
const PAUSES: [i64; 7] = [1, 5, 15, 60, 240, 720, 1440];

/// Letters one worker takes at a time.
const BATCH: u64 = 10;

/// How long a worker may hold its letters. A sending is cut off after a minute ([`Transport`]), so a batch
/// takes ten minutes at most; a worker that is alive is never robbed.
const LEASE: Duration = Duration::minutes(15);

/// Queues a letter in the transaction of the action that causes it.
///
/// # Errors
/// [`Error::Fault`] when the recipient does not exist or the database fails.
pub async fn queue(cx: &Cx, tx: &mut Tx<'_>, letter: Letter) -> Result<()> {
    let to = find_address(tx, &letter.to).await?;
    row_of(cx, letter, &to).insert(tx.db()).await?;
    Ok(())
}

/// Queues a letter that is of use by mail only; where there is no verified address, nothing is sent.
///
/// # Errors
/// As [`queue`].
pub async fn queue_by_mail(cx: &Cx, tx: &mut Tx<'_>, letter: Letter) -> Result<()> {
    let to = find_address(tx, &letter.to).await?;
    if to.channel == "mail" {
        row_of(cx, letter, &to).insert(tx.db()).await?;
    }
    Ok(())
}

fn row_of(cx: &Cx, letter: Letter, to: &Address) -> outbox::ActiveModel {
    let id = Uuid::now_v7();
    outbox::ActiveModel {
        id: Set(id),
        kind: Set(letter.kind.to_owned()),
        channel: Set(to.channel.to_owned()),
        physician: Set(to.physician.map(Into::into)),
        officer: Set(to.officer.map(Into::into)),
        address: Set(to.address.clone()),
        subject: Set(letter.subject),
        body: Set(letter.body),
        message_id: Set(message_id(id, &cx.app.settings.mail.from)),
        state: Set("waiting".to_owned()),
        attempts: Set(0),
        next_attempt_at: Set(cx.now),
        lease_until: Set(None),
        answer: Set(String::new()),
        created_at: Set(cx.now),
        sent_at: Set(None),
        posted_on: Set(None),
        posted_by: Set(String::new()),
    }
}

/// Queues many letters in the transaction of the action that causes them: three statements, however many.
///
/// # Errors
/// [`Error::Fault`] when a recipient does not exist or the database fails.
pub async fn queue_all(cx: &Cx, tx: &mut Tx<'_>, letters: Vec<Letter>) -> Result<()> {
    if letters.is_empty() {
        return Ok(());
    }
    let people = addresses(tx, &letters).await?;
    let mut rows = Vec::with_capacity(letters.len());
    for letter in letters {
        let to = people
            .iter()
            .find(|(recipient, _)| *recipient == letter.to)
            .map(|(_, address)| address)
            .ok_or_else(|| Error::fault(format!("letter {} to somebody who does not exist", letter.kind)))?;
        rows.push(row_of(cx, letter, to));
    }
    for chunk in rows.chunks(500) {
        outbox::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx.db()).await?;
    }
    Ok(())
}

/// The addresses of everybody the letters go to, by two questions.
async fn addresses(tx: &Tx<'_>, letters: &[Letter]) -> Result<Vec<(Recipient, Address)>> {
    let (mut physicians, mut officers, mut found) = (Vec::new(), Vec::new(), Vec::new());
    for letter in letters {
        match &letter.to {
            Recipient::Physician(id) => physicians.push(Uuid::from(*id)),
            Recipient::Officer(id) => officers.push(Uuid::from(*id)),
            Recipient::Address { .. } | Recipient::Invited(_) => {
                found.push((letter.to.clone(), find_address(tx, &letter.to).await?));
            }
        }
    }
    for chunk in physicians.chunks(500) {
        let rows = physician::Entity::find()
            .filter(physician::Column::Id.is_in(chunk.to_vec()))
            .all(tx.db())
            .await?;
        found.extend(rows.into_iter().map(|row| (Recipient::Physician(row.id.into()), address_of(row))));
    }
    if !officers.is_empty() {
        let rows = officer::Entity::find().filter(officer::Column::Id.is_in(officers)).all(tx.db()).await?;
        found.extend(rows.into_iter().map(|row| {
            let id = OfficerId(row.id);
            (
                Recipient::Officer(id),
                Address { channel: "mail", physician: None, officer: Some(id), address: row.email },
            )
        }));
    }
    Ok(found)
}

/// By mail to a verified address, else by post.
fn address_of(row: physician::Model) -> Address {
    let (channel, address) = match (row.email, row.email_verified_at) {
        (Some(email), Some(_)) => ("mail", email),
        _ => ("post", full_name(&row.family_name, &row.given_name)),
    };
    Address { channel, physician: Some(row.id.into()), officer: None, address }
}

/// The Message-ID: made from the row, hence the same at every attempt; its domain is the sender's.
fn message_id(id: Uuid, from: &str) -> String {
    let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain.trim_end_matches('>'));
    format!("<{id}@{domain}>")
}

struct Address {
    channel: &'static str,
    physician: Option<PhysicianId>,
    officer: Option<OfficerId>,
    address: String,
}

async fn find_address(tx: &Tx<'_>, to: &Recipient) -> Result<Address> {
    match to {
        Recipient::Physician(id) => {
            let row = physician::Entity::find_by_id(Uuid::from(*id))
                .one(tx.db())
                .await?
                .ok_or_else(|| Error::fault(format!("letter to physician {id}, who does not exist")))?;
            Ok(address_of(row))
        }
        Recipient::Officer(id) => {
            let row = officer::Entity::find_by_id(Uuid::from(*id))
                .one(tx.db())
                .await?
                .ok_or_else(|| Error::fault(format!("letter to officer {id}, who does not exist")))?;
            Ok(Address { channel: "mail", physician: None, officer: Some(*id), address: row.email })
        }
        Recipient::Address { physician, address } => Ok(Address {
            channel: "mail",
            physician: Some(*physician),
            officer: None,
            address: address.clone(),
        }),
        Recipient::Invited(address) => {
            Ok(Address { channel: "mail", physician: None, officer: None, address: address.clone() })
        }
    }
}

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
pub async fn deliver(app: &App, transport: &Transport) -> Result<Delivery> {
    let now = app.clock.now();
    let mut delivery = Delivery { failed: give_up(app, now).await?, ..Delivery::default() };
    for row in take(app, now).await? {
        let outcome = transport.send(&app.settings.mail.from, &row).await;
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

/// Letters that are of use at once or never: their links have ended when the post arrives.
pub(crate) const BY_MAIL_ONLY: [&str; 8] = [
    "first_login_reminder",
    "email_verification",
    "password_reset",
    "login_link",
    "login_changed",
    "officer_invitation",
    "registration_started",
    "registration_stopped",
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

/// Rows that wait and are due, or whose worker died holding them.
fn due(now: DateTime<Utc>) -> Condition {
    Condition::all().add(outbox::Column::Channel.eq("mail")).add(
        Condition::any()
            .add(outbox::Column::State.eq("waiting").and(outbox::Column::NextAttemptAt.lte(now)))
            .add(outbox::Column::State.eq("sending").and(outbox::Column::LeaseUntil.lt(now))),
    )
}

/// Takes rows by one conditional update. Where two workers choose the same rows, the second waits for the
/// first one's commit, looks at the condition again and gets none of them; on PostgreSQL READ COMMITTED says
/// so, on SQLite there is one writer.
async fn take(app: &App, now: DateTime<Utc>) -> Result<Vec<outbox::Model>> {
    let ids: Vec<Uuid> = outbox::Entity::find()
        .select_only()
        .column(outbox::Column::Id)
        .filter(due(now))
        .order_by_asc(outbox::Column::NextAttemptAt)
        .limit(BATCH)
        .into_tuple()
        .all(app.db.read())
        .await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(outbox::Entity::update_many()
        .col_expr(outbox::Column::State, Expr::value("sending"))
        .col_expr(outbox::Column::LeaseUntil, Expr::value(now + LEASE))
        .col_expr(outbox::Column::Attempts, Expr::col(outbox::Column::Attempts).add(1))
        .filter(outbox::Column::Id.is_in(ids))
        .filter(due(now))
        .exec_with_returning(app.db.write())
        .await?)
}

/// Ends letters whose worker died at the last attempt, so that one letter cannot stop workers for ever.
async fn give_up(app: &App, now: DateTime<Utc>) -> Result<u32> {
    let hopeless = due(now).add(outbox::Column::Attempts.gte(app.settings.mail.attempts));
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

    #[test]
    fn the_message_id_is_of_the_row_and_the_senders_domain() {
        let id = Uuid::nil();
        assert_eq!(message_id(id, "MAMIS <no-reply@med.example>"), format!("<{id}@med.example>"));
        assert_eq!(message_id(id, "no-reply@med.example"), format!("<{id}@med.example>"));
    }
}
