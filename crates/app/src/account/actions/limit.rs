//! The limit on guessing: so many failures for one id and for one network address within the window.
//!
//! An attempt is written down as a failure before it is tried and taken back when it was right. So a hundred
//! guesses sent at once are no way around the limit, on any number of nodes.

use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use chrono::{DateTime, Duration, Utc};
use mamis_schema::login_attempt;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Longest typed text that counts; a longer one shares the count of its beginning.
const LONGEST: usize = 100;

/// What is guessed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Guess<'a> {
    /// The password of a login id, typed at the login.
    Login(&'a str),
    /// The answer of a passkey, by the name that the device gave it.
    Passkey(&'a str),
    /// The one-time code of an account, or the password once more inside a session.
    Account(Uuid),
    /// An id or address typed at the password reset: no secret, but mails go out.
    Reset(&'a str),
    /// Mails that an account asks for.
    Mail(Uuid),
    /// A registry number, or a file, of somebody who registers: mails go out, files are kept.
    Register(&'a str),
}

impl Guess<'_> {
    fn subject(self) -> String {
        let cut = |text: &str| text.chars().take(LONGEST).collect::<String>();
        match self {
            Self::Login(id) => format!("login:{}", cut(id)),
            Self::Passkey(id) => format!("passkey:{}", cut(id)),
            Self::Account(account) => format!("account:{account}"),
            Self::Reset(typed) => format!("reset:{}", cut(typed)),
            Self::Mail(account) => format!("mail:{account}"),
            Self::Register(typed) => format!("register:{}", cut(typed)),
        }
    }
}

/// An attempt that counts as failed until it is forgiven.
#[derive(Debug)]
pub(crate) struct Attempt {
    subject: String,
    rows: Vec<Uuid>,
}

/// Writes an attempt down.
///
/// # Errors
/// [`Error::TooMany`] when id or address must wait; such an attempt does not count itself, so a stranger who
/// goes on guessing does not make the wait longer for ever.
pub(crate) async fn begin(cx: &Cx, guess: Guess<'_>, address: &str) -> Result<Attempt> {
    let login = &cx.app.settings.login;
    let subject = guess.subject();
    let now = cx.app.clock.wall();
    let limits = [
        (subject.clone(), login.failures_per_id),
        (format!("address:{address}"), login.failures_per_address),
    ];
    for (subject, limit) in &limits {
        refuse_beyond(cx, subject, *limit - 1).await?;
    }
    let models = limits.iter().map(|(subject, _)| login_attempt::Model {
        id: Uuid::now_v7(),
        subject: subject.clone(),
        at: now,
    });
    let models: Vec<_> = models.collect();
    let rows = models.iter().map(|row| row.id).collect();
    let inserted = models.into_iter().map(|row| login_attempt::ActiveModel::from(row).reset_all());
    login_attempt::Entity::insert_many(inserted).exec_without_returning(cx.app.db.write()).await?;
    let attempt = Attempt { subject, rows };
    // Others may have been written down between the question and our own row.
    for (subject, limit) in &limits {
        if let Err(refusal) = refuse_beyond(cx, subject, *limit).await {
            login_attempt::Entity::delete_many()
                .filter(login_attempt::Column::Id.is_in(attempt.rows))
                .exec(cx.app.db.write())
                .await?;
            return Err(refusal);
        }
    }
    Ok(attempt)
}

/// Refuses when the window holds more than so many failures, and says when there will be fewer.
async fn refuse_beyond(cx: &Cx, subject: &str, allowed: i64) -> Result<()> {
    let now = cx.app.clock.wall();
    let window = Duration::minutes(cx.app.settings.login.window_minutes);
    let last_too_many: Option<DateTime<Utc>> = login_attempt::Entity::find()
        .select_only()
        .column(login_attempt::Column::At)
        .filter(login_attempt::Column::Subject.eq(subject))
        .filter(login_attempt::Column::At.gt(now - window))
        .order_by_desc(login_attempt::Column::At)
        .offset(u64::try_from(allowed).unwrap_or_default())
        .limit(1)
        .into_tuple()
        .one(cx.db())
        .await?;
    match last_too_many {
        None => Ok(()),
        Some(at) => {
            let seconds = (at + window - now).num_seconds();
            Err(Error::TooMany { minutes: (seconds + 59).div_euclid(60).max(1) })
        }
    }
}

impl Attempt {
    /// Takes the attempt back, with all earlier failures of the same id: the right person is here. Other
    /// people's failures from the same address stay.
    ///
    /// # Errors
    /// A fault of the database.
    pub(crate) async fn forgive(self, tx: &Tx<'_>) -> Result<()> {
        let own = login_attempt::Column::Id.is_in(self.rows);
        login_attempt::Entity::delete_many()
            .filter(sea_orm::Condition::any().add(own).add(login_attempt::Column::Subject.eq(self.subject)))
            .exec(tx.db())
            .await?;
        Ok(())
    }
}
