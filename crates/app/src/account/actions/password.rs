//! New passwords: changed inside a session, or reset by mail.

use super::super::lists::{self, Current, Mailbox, Person, Purpose};
use super::super::password::{self, Verdict};
use super::super::{Origin, login_id};
use super::limit::{self, Guess};
use super::{Change, Code, tell, use_link, write_link};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::decision;
use crate::error::{Error, Result};
use crate::mail::{self, Letter, Recipient};
use chrono::Duration;
use mamis_schema::{account, login_attempt, session};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// How long the link of a reset works.
const LASTS: Duration = Duration::hours(1);

/// Changes one's own password and ends all other sessions.
///
/// # Errors
/// [`Error::Invalid`] when the old one is wrong or the new one will not do; [`Error::TooMany`].
#[crate::boxed]
pub async fn change_password(
    cx: &Cx,
    current: Option<&Current>,
    old: &str,
    new: &str,
    origin: &Origin,
) -> Result<()> {
    let current = super::logged_in(current)?;
    let account = Uuid::from(current.account);
    let person = lists::person_of_account(cx.db(), cx.today(), account).await?.ok_or(Error::NotFound)?;
    password::check_new(new, &person.login_id).map_err(|text| Error::invalid("new_password", &text))?;
    let attempt = limit::begin(cx, Guess::Account(account), &origin.address).await?;
    if password::verify(old, &person.password_hash).await? == Verdict::Wrong {
        return Err(Error::invalid("old_password", "いまのパスワードが違います。もう一度入力してください。"));
    }
    let hash = password::hash(new).await?;
    let mut tx = cx.begin().await?;
    set_hash(&tx, account, hash).await?;
    session::Entity::delete_many()
        .filter(session::Column::Account.eq(account))
        .filter(session::Column::Id.ne(current.session))
        .exec(tx.db())
        .await?;
    attempt.forgive(&tx).await?;
    tell_owner(cx, &mut tx, &person).await?;
    tx.audit(Entry::new("account.change_password", "account", account));
    tx.commit().await
}

/// Sends a link for a new password to the verified address behind an id or address, if there is one. Whoever
/// asks learns nothing either way, not even that there were too many letters.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn request_password_reset(cx: &Cx, typed: &str, origin: &Origin) -> Result<()> {
    let typed = login_id(typed);
    match limit::begin(cx, Guess::Reset(&typed), &origin.address).await {
        // The letters sent so far are in the mailbox; more would only bury them.
        Err(Error::TooMany { .. }) => return Ok(()),
        other => other?,
    };
    for mailbox in lists::mailboxes(cx, &typed).await? {
        send_reset(cx, &mailbox).await?;
    }
    Ok(())
}

async fn send_reset(cx: &Cx, mailbox: &Mailbox) -> Result<()> {
    let mut tx = cx.begin().await?;
    let expires_at = cx.app.clock.wall() + LASTS;
    let token =
        write_link(cx, &tx, mailbox.account, Purpose::PasswordReset, &mailbox.email, expires_at, Code::Long)
            .await?;
    let data = json!({
        "name": mailbox.name,
        "link": format!("{}/password-resets/{token}", cx.app.settings.public_url),
        "expires": decision::at(expires_at),
    });
    let Some(to) = Recipient::of(mailbox.physician, mailbox.officer) else { return Ok(()) };
    mail::queue(cx, &mut tx, Letter::new("password_reset", to, &data)?).await?;
    tx.audit(Entry::new("account.request_password_reset", "account", mailbox.account));
    tx.commit().await
}

/// Sets a new password by a mailed link and ends every session of the account. The second factor of an
/// officer stays as it is.
///
/// # Errors
/// [`Error::NotFound`] when the link is unknown, used or too old; [`Error::Invalid`] when the password will
/// not do, and the link works still.
#[crate::boxed]
pub async fn reset_password(cx: &Cx, token: &str, new: &str) -> Result<()> {
    let link = lists::link(cx, Purpose::PasswordReset, token).await?.ok_or(Error::NotFound)?;
    password::check_new(new, &link.login_id).map_err(|text| Error::invalid("new_password", &text))?;
    let hash = password::hash(new).await?;
    let person = lists::person_of_account(cx.db(), cx.today(), link.account).await?.ok_or(Error::NotFound)?;
    let cx = person.acting(cx);
    let mut tx = cx.begin().await?;
    use_link(&cx, &tx, Purpose::PasswordReset, token).await?;
    set_hash(&tx, link.account, hash).await?;
    session::Entity::delete_many().filter(session::Column::Account.eq(link.account)).exec(tx.db()).await?;
    // Whoever has the mailbox is the right person: earlier failures do not lock them out.
    login_attempt::Entity::delete_many()
        .filter(login_attempt::Column::Subject.eq(format!("login:{}", link.login_id)))
        .exec(tx.db())
        .await?;
    tell_owner(&cx, &mut tx, &person).await?;
    tx.audit(Entry::new("account.reset_password", "account", link.account));
    tx.commit().await
}

async fn tell_owner(cx: &Cx, tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    match person.recipient() {
        Some(to) => tell(cx, tx, &to, &person.name, Change::Password).await,
        None => Ok(()),
    }
}

async fn set_hash(tx: &Tx<'_>, account: Uuid, hash: String) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, Expr::value(hash))
        .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
        .filter(account::Column::Id.eq(account))
        .exec(tx.db())
        .await?;
    Ok(())
}
