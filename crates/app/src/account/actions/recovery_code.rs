//! Recovery codes: what an officer types in place of the one-time code when the device is not at hand.

use super::super::Origin;
use super::super::lists::{self, Current, SecondFactor};
use super::super::password::{self, Verdict};
use super::Change;
use super::limit::{self, Guess};
use super::login::Opened;
use super::second_factor::{NONE_YET, hold_account, owing, raise, tell_officer};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::passkey::lists::factors;
use crate::secret::{random_code, sha256_hex};
use mamis_rules::base::AccountId;
use mamis_schema::recovery_code;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Codes of a set.
const COUNT: usize = 10;
/// Letters and digits of a code, five random bits each: with 80 bits a plain hash tells nothing to whoever reads it.
const LETTERS: usize = 16;

const WRONG: &str =
    "予備コードが違うか、すでに使われています。控えてある16文字の予備コードを、1つ入力してください。";

/// Takes a recovery code in place of the one-time code and raises the session; the owner hears of it.
///
/// # Errors
/// [`Error::Invalid`] for a wrong or used code; [`Error::TooMany`], counted together with one-time codes;
/// [`Error::Refused`] without a second factor.
#[crate::boxed]
pub async fn give_recovery_code(
    cx: &Cx,
    current: Option<&Current>,
    typed: &str,
    origin: &Origin,
) -> Result<Opened> {
    let current = owing(current)?;
    let attempt = limit::begin(cx, Guess::Account(current.account.into()), &origin.address).await?;
    let mut tx = cx.begin().await?;
    if factors(tx.db(), current.account).await?.is_none() {
        return Err(Error::refused(NONE_YET));
    }
    let taken = recovery_code::Entity::update_many()
        .col_expr(recovery_code::Column::UsedAt, Expr::value(cx.app.clock.wall()))
        .filter(recovery_code::Column::Account.eq(Uuid::from(current.account)))
        .filter(recovery_code::Column::CodeHash.eq(hash(current.account, typed)))
        .filter(recovery_code::Column::UsedAt.is_null())
        .exec(tx.db())
        .await?;
    if taken.rows_affected == 0 {
        return Err(Error::invalid("recovery_code", WRONG));
    }
    let left = lists::recovery_codes_left(tx.db(), current.account).await?;
    let token = raise(cx, &tx, current.session).await?;
    attempt.forgive(&tx).await?;
    tell_officer(cx, &mut tx, current, Change::RecoveryCodeUsed { left }).await?;
    let entry = Entry::new("account.give_recovery_code", "session", current.session);
    tx.audit(entry.with(json!({"left": left})));
    tx.commit().await?;
    Ok(Opened { token })
}

/// Makes a new set in place of the one before and answers with it, this once. Asks for the password: whoever finds the
/// desk unlocked must not take a way in along.
///
/// # Errors
/// [`Error::Invalid`] for a wrong password; [`Error::TooMany`]; [`Error::Refused`] without a second factor.
#[crate::boxed]
pub async fn renew_recovery_codes(
    cx: &Cx,
    current: Option<&Current>,
    typed: &str,
    origin: &Origin,
) -> Result<Vec<String>> {
    let current = super::logged_in(current)?;
    if current.second_factor != SecondFactor::Given {
        return Err(Error::refused("予備コードは、二要素認証を使う職員のためのものです。"));
    }
    let account = Uuid::from(current.account);
    let person = lists::person_of_account(cx.db(), cx.today(), account).await?.ok_or(Error::NotFound)?;
    let attempt = limit::begin(cx, Guess::Account(account), &origin.address).await?;
    if password::verify(typed, &person.password_hash).await? == Verdict::Wrong {
        return Err(Error::invalid("password", "パスワードが違います。もう一度入力してください。"));
    }
    let mut tx = cx.begin().await?;
    hold_account(&tx, current).await?;
    if factors(tx.db(), current.account).await?.is_none() {
        return Err(Error::refused(NONE_YET));
    }
    let codes = write_set(cx, &tx, current.account).await?;
    attempt.forgive(&tx).await?;
    tell_officer(cx, &mut tx, current, Change::RecoveryCodes).await?;
    tx.audit(Entry::new("account.renew_recovery_codes", "account", account));
    tx.commit().await?;
    Ok(codes)
}

/// Writes a set in place of the one before. The caller holds the account.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn write_set(cx: &Cx, tx: &Tx<'_>, account: AccountId) -> Result<Vec<String>> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::Account.eq(Uuid::from(account)))
        .exec(tx.db())
        .await?;
    let codes: Vec<String> = (0..COUNT).map(|_| in_groups(&random_code(LETTERS))).collect();
    let row = |code: &String| recovery_code::Model {
        id: Uuid::now_v7(),
        account: account.into(),
        code_hash: hash(account, code),
        used_at: None,
        created_at: cx.app.clock.wall(),
    };
    let rows = codes.iter().map(|code| recovery_code::ActiveModel::from(row(code)).reset_all());
    recovery_code::Entity::insert_many(rows).exec_without_returning(tx.db()).await?;
    Ok(codes)
}

/// As printed: four groups of four.
fn in_groups(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// What the table holds of a code, however it is typed: in small letters, full width, without the hyphens.
fn hash(account: AccountId, typed: &str) -> String {
    let code: String = super::super::plain(typed).chars().filter(char::is_ascii_alphanumeric).collect();
    sha256_hex(format!("{account} {}", code.to_uppercase()).as_bytes())
}
