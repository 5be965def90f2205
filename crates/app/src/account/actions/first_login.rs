//! The first login of somebody in the register: with a card, or by a mailed link.

use super::login::{Opened, open_session};
use super::{Code, use_link, write_link};
use crate::account::lists::{self, Purpose};
use crate::account::{Origin, login_id, password, plain};
use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::{Error, Problem, Result};
use crate::provisional_credential::{folded, lists as cards};
use crate::secret::sha256_hex;
use crate::terms;
use chrono::Duration;
use mamis_schema::{account, login_attempt, provisional_credential, session};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

/// How long somebody may take from the card to the new password.
const LASTS: Duration = Duration::hours(1);

/// What somebody types at the first login.
#[derive(Clone, Debug)]
pub struct FirstLogin<'a> {
    /// The new password.
    pub password: &'a str,
    /// The same once more.
    pub again: &'a str,
    /// Whether they accept the terms of use.
    pub agrees: bool,
    /// A mail address to prove; empty for none.
    pub email: &'a str,
}

/// Whether what was typed at the login is a card: then the value of the link that goes on. Asked only after the
/// password was refused, so it is under the same limit; a right card takes the failures back.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn begin_first_login(cx: &Cx, typed_id: &str, secret: &str) -> Result<Option<String>> {
    let id = login_id(typed_id);
    let secret = folded(secret);
    // A card has twelve letters; anything else is no card.
    if secret.len() != 12 {
        return Ok(None);
    }
    let (hash, now) = (sha256_hex(secret.as_bytes()), cx.app.clock.wall());
    let Some(account) = cards::card(cx.db(), &id, &hash, now).await? else { return Ok(None) };
    let Some(person) = lists::person_of_account(cx.db(), cx.today(), account.into()).await? else {
        return Ok(None);
    };
    let cx = person.acting(cx);
    let mut tx = cx.begin().await?;
    let token =
        write_link(&cx, &tx, person.account, Purpose::FirstLogin, "", now + LASTS, Code::Long).await?;
    login_attempt::Entity::delete_many()
        .filter(login_attempt::Column::Subject.eq(format!("login:{id}")))
        .exec(tx.db())
        .await?;
    tx.audit(Entry::new("account.begin_first_login", "account", person.account));
    tx.commit().await?;
    Ok(Some(token))
}

/// Sets the first password, records the consent, ends the cards and logs in; a mail address gets its letter.
///
/// # Errors
/// [`Error::NotFound`] when the link works no more or the account is in use; [`Error::Invalid`] for what must be mended.
#[crate::boxed]
pub async fn finish_first_login(
    cx: &Cx,
    token: &str,
    new: &FirstLogin<'_>,
    origin: &Origin,
) -> Result<Opened> {
    let link = lists::link(cx, Purpose::FirstLogin, token).await?.ok_or(Error::NotFound)?;
    check(new, &link.login_id)?;
    let hash = password::hash(new.password).await?;
    let person = lists::person_of_account(cx.db(), cx.today(), link.account).await?.ok_or(Error::NotFound)?;
    let acting = person.acting(cx);
    let mut tx = acting.begin().await?;
    use_link(&acting, &tx, Purpose::FirstLogin, token).await?;
    let used = account::Entity::find_by_id(link.account).filter(account::Column::FirstUsedAt.is_not_null());
    if used.count(tx.db()).await? > 0 {
        return Err(Error::NotFound);
    }
    account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, Expr::value(hash))
        .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
        .filter(account::Column::Id.eq(link.account))
        .exec(tx.db())
        .await?;
    session::Entity::delete_many().filter(session::Column::Account.eq(link.account)).exec(tx.db()).await?;
    end_cards(&acting, &tx, link.account).await?;
    terms::actions::accept(&acting, &mut tx, link.account).await?;
    let (session, cookie) = open_session(&acting, &tx, link.account, origin).await?;
    let mut entry = Entry::new("account.first_login", "session", session);
    entry.physician = person.physician;
    tx.audit(entry);
    tx.commit().await?;
    if !new.email.is_empty() {
        prove(&acting, &cookie, new.email, origin).await?;
    }
    Ok(Opened { token: cookie })
}

fn check(new: &FirstLogin<'_>, login_id: &str) -> Result<()> {
    let mut problems = Vec::new();
    if let Err(text) = password::check_new(new.password, login_id) {
        problems.push(Problem::at("new_password", &text));
    }
    if new.password != new.again {
        problems.push(Problem::at("new_password_again", password::DIFFERENT));
    }
    if !new.email.is_empty() && !super::is_address(&plain(new.email)) {
        let text =
            "メールアドレスを、name@example.jp の形で入力してください。なければ、空のままにしてください。";
        problems.push(Problem::at("email", text));
    }
    if !new.agrees {
        problems.push(Problem::at("agree", "利用規約を読んで、同意するにチェックを付けてください。"));
    }
    Problem::none_of(problems)
}

/// All cards of the account are used up, whichever of them it was.
async fn end_cards(cx: &Cx, tx: &crate::cx::Tx<'_>, account: Uuid) -> Result<()> {
    use provisional_credential::Column as C;
    provisional_credential::Entity::update_many()
        .col_expr(C::UsedAt, Expr::value(cx.app.clock.wall()))
        .filter(C::Account.eq(account))
        .filter(C::MadeAt.is_not_null())
        .filter(C::UsedAt.is_null())
        .filter(C::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Sends the letter that proves the address, as the page of one's own account does.
async fn prove(cx: &Cx, cookie: &str, email: &str, origin: &Origin) -> Result<()> {
    let current = lists::current(&cx.app, &sha256_hex(cookie.as_bytes())).await?;
    let actor = current.as_ref().map_or_else(|| cx.actor.clone(), |current| current.actor.clone());
    let own = Cx { actor, ..cx.clone() };
    match super::request_email_verification(&own, current.as_ref(), email, origin).await {
        // The person is logged in: a letter too many can be asked for later, on the page of one's own account.
        Ok(_) | Err(Error::TooMany { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
