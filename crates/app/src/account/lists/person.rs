//! The person behind a login id, an account or a mailed link, before there is a session.

use crate::cx::{Cx, Who};
use crate::error::Result;
use crate::mail::Recipient;
use crate::physician::lists::NAME;
use crate::secret::sha256_hex;
use chrono::{DateTime, Utc};
use mamis_rules::base::{AccountId, Day};
use mamis_schema::{account, credential, recovery_code};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QuerySelect,
    Statement, Value,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Somebody with an account that is not closed.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Person {
    /// The account.
    pub account: Uuid,
    /// What is typed at login.
    pub login_id: String,
    /// Argon2id in PHC format.
    pub password_hash: String,
    /// active or suspended; a suspended account opens no session.
    pub state: String,
    /// The physician, or
    pub physician: Option<Uuid>,
    /// the officer.
    pub officer: Option<Uuid>,
    /// Name shown.
    pub name: String,
    /// The first office of an officer.
    pub office: Option<String>,
}

impl Person {
    /// The context in which this person acts, for the audit of a login, where there is no session yet.
    pub fn acting(&self, cx: &Cx) -> Cx {
        let who = Who {
            account: Some(AccountId(self.account)),
            name: self.name.clone(),
            office: self.office.clone().unwrap_or_default(),
        };
        Cx { who, ..cx.clone() }
    }

    /// Where letters to this person go.
    pub fn recipient(&self) -> Option<Recipient> {
        Recipient::of(self.physician, self.officer)
    }
}

/// The person with a login id, suspended ones included: whoever knows the password is told so.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn person_of_login(cx: &Cx, login_id: &str) -> Result<Option<Person>> {
    person(cx.db(), cx.today(), "a.login_id = $1 and a.state in ('active', 'suspended')", login_id.into())
        .await
}

/// The person with an active account.
///
/// # Errors
/// A fault of the database.
pub async fn person_of_account(
    db: &impl ConnectionTrait,
    today: Day,
    account: Uuid,
) -> Result<Option<Person>> {
    person(db, today, "a.id = $1 and a.state = 'active'", account.into()).await
}

/// The person with an account, suspended ones included, who has shown to be its owner.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn person_to_log_in(
    db: &impl ConnectionTrait,
    today: Day,
    account: Uuid,
) -> Result<Option<Person>> {
    person(db, today, "a.id = $1 and a.state in ('active', 'suspended')", account.into()).await
}

async fn person(db: &impl ConnectionTrait, today: Day, which: &str, key: Value) -> Result<Option<Person>> {
    let text = format!(
        "select a.id as account, a.login_id, a.password_hash, a.state, a.physician, a.officer,
                coalesce(o.name, {NAME}) as name,
                (select coalesce(x.name, g.name)
                   from duty d
                   left join association x on x.id = d.association
                   left join organizer g on g.id = d.organizer
                  where d.officer = a.officer and d.valid_from <= $2
                    and (d.valid_until is null or d.valid_until >= $2)
                  order by d.created_at, d.kind limit 1) as office
           from account a
           left join physician p on p.id = a.physician
           left join officer o on o.id = a.officer
          where {which}"
    );
    let statement =
        Statement::from_sql_and_values(db.get_database_backend(), text, [key, today.date().into()]);
    Ok(Person::find_by_statement(statement).one(db).await?)
}

/// The second factor in use.
///
/// # Errors
/// A fault of the database.
pub async fn confirmed_credential(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Option<credential::Model>> {
    Ok(credential::Entity::find()
        .filter(credential::Column::Account.eq(Uuid::from(account)))
        .filter(credential::Column::Kind.eq("totp"))
        .filter(credential::Column::ConfirmedAt.is_not_null())
        .one(db)
        .await?)
}

/// How many recovery codes of an account work still.
///
/// # Errors
/// A fault of the database.
pub async fn recovery_codes_left(db: &impl ConnectionTrait, account: AccountId) -> Result<u64> {
    Ok(recovery_code::Entity::find()
        .filter(recovery_code::Column::Account.eq(Uuid::from(account)))
        .filter(recovery_code::Column::UsedAt.is_null())
        .count(db)
        .await?)
}

/// The second factor in use of each of these login ids; at most 100 ids. For the demo, which plays everybody's phone.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn present_credentials(cx: &Cx, login_ids: &[&str]) -> Result<HashMap<String, credential::Model>> {
    let rows: Vec<(Uuid, String)> = account::Entity::find()
        .select_only()
        .columns([account::Column::Id, account::Column::LoginId])
        .filter(account::Column::LoginId.is_in(login_ids.iter().take(100).copied()))
        .into_tuple()
        .all(cx.db())
        .await?;
    let found = credential::Entity::find()
        .filter(credential::Column::Account.is_in(rows.iter().map(|(id, _)| *id)))
        .filter(credential::Column::ConfirmedAt.is_not_null())
        .all(cx.db())
        .await?;
    let login_of = |id: Uuid| rows.iter().find(|(account, _)| *account == id).map(|(_, login)| login.clone());
    Ok(found.into_iter().filter_map(|row| Some((login_of(row.account)?, row))).collect())
}

/// An account and where its password reset goes.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Mailbox {
    /// The account.
    pub account: Uuid,
    /// The physician, or
    pub physician: Option<Uuid>,
    /// the officer.
    pub officer: Option<Uuid>,
    /// Name for the letter.
    pub name: String,
    /// The verified address of a physician, the address of an officer.
    pub email: String,
}

/// The mailboxes behind a login id or a mail address, at most five: spouses in one practice share one.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn mailboxes(cx: &Cx, typed: &str) -> Result<Vec<Mailbox>> {
    let which = if typed.contains('@') {
        "(a.physician in (select id from physician where email = $1)
          or a.officer in (select id from officer where email = $1))"
    } else {
        "a.login_id = $1"
    };
    let text = format!(
        "select a.id as account, a.physician, a.officer,
                coalesce(o.name, {NAME}) as name,
                coalesce(o.email, p.email) as email
           from account a
           left join physician p on p.id = a.physician and p.email_verified_at is not null
           left join officer o on o.id = a.officer
          where a.state = 'active' and coalesce(o.email, p.email) is not null and {which}
          order by a.id limit 5"
    );
    let statement = Statement::from_sql_and_values(cx.app.db.backend(), text, [typed.into()]);
    Ok(Mailbox::find_by_statement(statement).all(cx.db()).await?)
}

/// What a mailed link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Proves a mail address.
    EmailVerification,
    /// Lets a new password be set.
    PasswordReset,
    /// Lets the first password be set, after a card or a reminder.
    FirstLogin,
}

impl Purpose {
    /// The word in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::EmailVerification => "email_verification",
            Self::PasswordReset => "password_reset",
            Self::FirstLogin => "first_login",
        }
    }
}

/// A mailed link that works still.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Link {
    /// For whom.
    pub account: Uuid,
    /// Their login id.
    pub login_id: String,
    /// The address it was sent to.
    pub email: String,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

/// The link with this value, unless it was used or is too old.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn link(cx: &Cx, purpose: Purpose, token: &str) -> Result<Option<Link>> {
    let statement = Statement::from_sql_and_values(
        cx.app.db.backend(),
        "select t.account, a.login_id, t.email, t.expires_at
           from account_token t join account a on a.id = t.account
          where t.token_hash = $1 and t.purpose = $2 and t.used_at is null and t.expires_at > $3
            and a.state = 'active'",
        [sha256_hex(token.as_bytes()).into(), purpose.name().into(), cx.app.clock.wall().into()],
    );
    Ok(Link::find_by_statement(statement).one(cx.db()).await?)
}
