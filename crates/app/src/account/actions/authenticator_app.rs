//! The authenticator app of an officer who logs in already: added beside passkeys, and removed where they remain.

use super::super::Origin;
use super::super::lists::{self, Current, SecondFactor};
use super::super::one_time_code::{self, Offer};
use super::limit::{self, Guess};
use super::second_factor::{NOT_OURS, WRONG, hold_account, tell_officer, write};
use super::{Change, logged_in};
use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::passkey::lists::factors;
use mamis_schema::credential;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

const HAS_ONE: &str = "認証アプリは登録済みです。別のスマートフォンに替えるときは、先に、いまの認証アプリの登録を削除してください。";
const LAST: &str = "認証アプリは、ただ一つの二要素認証です。先に、パスキーを登録してください。";
const STALE: &str = "認証アプリの登録と削除は、ログインしてから15分以内にできます。いったんログアウトし、もう一度ログインしてください。";

/// An officer whose second factor was given in this session, not long ago: whoever finds the desk unlocked must not take
/// a way in along.
async fn fresh<'a>(cx: &Cx, current: Option<&'a Current>) -> Result<&'a Current> {
    let current = logged_in(current)?;
    if current.second_factor != SecondFactor::Given {
        return Err(Error::refused("認証アプリは、二要素認証を使う職員のためのものです。"));
    }
    if lists::has_fresh_factor(cx, current).await? { Ok(current) } else { Err(Error::refused(STALE)) }
}

/// Registers an app beside passkeys, once it has shown its first code, and tells the owner by mail. The recovery codes
/// stay as they are.
///
/// # Errors
/// [`Error::Invalid`] for a wrong code; [`Error::TooMany`]; [`Error::Refused`] where there is an app already, and for a
/// second factor that was given more than a quarter of an hour ago.
#[crate::boxed]
pub async fn add_app(
    cx: &Cx,
    current: Option<&Current>,
    offer: &Offer,
    code: &str,
    origin: &Origin,
) -> Result<()> {
    let current = fresh(cx, current).await?;
    if !offer.is_ours(&cx.app.secret, current.account) {
        return Err(Error::refused(NOT_OURS));
    }
    let attempt = limit::begin(cx, Guess::Account(current.account.into()), &origin.address).await?;
    let step = one_time_code::step_of(&offer.secret, code, cx.app.clock.wall())?
        .ok_or_else(|| Error::invalid("code", WRONG))?;
    let mut tx = cx.begin().await?;
    hold_account(&tx, current).await?;
    if factors(tx.db(), current.account).await?.app {
        return Err(Error::refused(HAS_ONE));
    }
    write(cx, &mut tx, current, offer, step).await?;
    attempt.forgive(&tx).await?;
    tell_officer(cx, &mut tx, current, Change::SecondFactor).await?;
    tx.commit().await
}

/// Removes one's own app, and tells the owner by mail. A passkey must remain.
///
/// # Errors
/// [`Error::NotFound`] without an app; [`Error::Refused`] where it is the last second factor, and for a second factor that
/// was given more than a quarter of an hour ago.
#[crate::boxed]
pub async fn remove_app(cx: &Cx, current: Option<&Current>) -> Result<()> {
    let current = fresh(cx, current).await?;
    let mut tx = cx.begin().await?;
    // Of an app and a passkey that are removed at once the second finds what the first has left.
    hold_account(&tx, current).await?;
    let factors = factors(tx.db(), current.account).await?;
    if !factors.app {
        return Err(Error::NotFound);
    }
    if factors.passkeys == 0 {
        return Err(Error::refused(LAST));
    }
    credential::Entity::delete_many()
        .filter(credential::Column::Account.eq(Uuid::from(current.account)))
        .filter(credential::Column::Kind.eq("totp"))
        .exec(tx.db())
        .await?;
    tell_officer(cx, &mut tx, current, Change::AppRemoved).await?;
    tx.audit(Entry::new("account.remove_app", "account", current.account));
    tx.commit().await
}
