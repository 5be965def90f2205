//! Login with id and password.

use super::limit::{self, Guess};
use crate::account::lists::{self, Person};
use crate::account::password::{self, Verdict};
use crate::account::{Origin, login_id};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::secret::{random_token, sha256_hex};
use mamis_schema::{account, session};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// The one sentence for an unknown id, a closed account and a wrong password: it must not tell which ids exist.
const WRONG: &str = "ログインIDまたはパスワードが違います。もう一度入力してください。";
/// Said only to whoever knows the password.
pub(crate) const SUSPENDED: &str =
    "このアカウントは、利用が停止されています。事務局の管理の担当者にお問い合わせください。";
/// Longer input is nobody's password; it is not even hashed.
const LONGEST: usize = 1024;

/// Somebody at the login page.
#[derive(Clone, Debug)]
pub struct Login<'a> {
    /// As typed.
    pub login_id: &'a str,
    /// As typed.
    pub password: &'a str,
    /// From where.
    pub origin: &'a Origin,
    /// The session that the browser has already; it ends when the login succeeds.
    pub replaces: Option<Uuid>,
}

/// A session just opened, or raised by the second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Value for the cookie; the table holds its hash only.
    pub token: String,
}

/// Checks id and password and opens a new session: nobody can have prepared its value.
///
/// # Errors
/// [`Error::Invalid`] with one and the same sentence whatever was wrong, and with another for a suspended account;
/// [`Error::TooMany`].
#[crate::boxed]
pub async fn log_in<'a>(cx: &'a Cx, login: Login<'a>) -> Result<Opened> {
    let id = login_id(login.login_id);
    let attempt = limit::begin(cx, Guess::Login(&id), &login.origin.address).await?;
    let typed = if login.password.len() > LONGEST { "" } else { login.password };
    let person = lists::person_of_login(cx, &id).await?;
    let verdict = match &person {
        Some(person) => password::verify(typed, &person.password_hash).await?,
        None => password::verify_nothing(typed).await?,
    };
    let (Some(person), Verdict::Right | Verdict::RightOutdated) = (person, verdict) else {
        metrics::counter!("mamis_login_failures_total").increment(1);
        return Err(Error::invalid("", WRONG));
    };
    if person.state != "active" {
        return Err(Error::invalid("", SUSPENDED));
    }
    let cx = person.acting(cx);
    let renewed = match verdict {
        Verdict::RightOutdated => Some(password::hash(typed).await?),
        _ => None,
    };
    let mut tx = cx.begin().await?;
    if let Some(hash) = renewed {
        renew_hash(&tx, &person, hash).await?;
    }
    if let Some(old) = login.replaces {
        session::Entity::delete_many().filter(session::Column::Id.eq(old)).exec(tx.db()).await?;
    }
    let (session, token) = open_session(&cx, &tx, person.account, login.origin).await?;
    attempt.forgive(&tx).await?;
    tx.audit(Entry::new("account.log_in", "session", session));
    tx.commit().await?;
    Ok(Opened { token })
}

/// Puts the newer hash in place of the one just verified, unless the password was changed meanwhile.
async fn renew_hash(tx: &Tx<'_>, person: &Person, hash: String) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, Expr::value(hash))
        .filter(account::Column::Id.eq(person.account))
        .filter(account::Column::PasswordHash.eq(&person.password_hash))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Writes a new session that owes the second factor still; the value is for the cookie.
pub(crate) async fn open_session(
    cx: &Cx,
    tx: &Tx<'_>,
    account: Uuid,
    origin: &Origin,
) -> Result<(Uuid, String)> {
    let token = random_token();
    let now = cx.app.clock.wall();
    let row = session::Model {
        id: Uuid::now_v7(),
        token_hash: sha256_hex(token.as_bytes()),
        account,
        created_at: now,
        last_seen_at: now,
        expires_at: super::session::end_after(&cx.app, now),
        second_factor_at: None,
        user_agent: origin.user_agent.clone(),
        address: origin.address.clone(),
    };
    let id = row.id;
    session::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok((id, token))
}
