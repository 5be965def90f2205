//! What a device is asked: kept for five minutes, answered once.

use super::super::lists;
use super::Asked;
use crate::cx::Cx;
use crate::error::{Error, Result};
use chrono::Duration;
use mamis_schema::passkey_challenge;
use passkey_challenge::Column as C;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

/// How long an answer is taken: as long as browsers are told to wait for it.
const LASTS: Duration = Duration::minutes(5);

const OVER: &str =
    "確認の時間（5分）が過ぎたか、すでに使われた確認です。もう一度、最初から操作してください。";

/// What an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Somebody wants to log in.
    Login,
    /// An account gets another passkey.
    Registration,
}

impl Purpose {
    /// The word in the table.
    fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Registration => "registration",
        }
    }
}

/// Keeps what was asked. An address has only so many open: whoever asks on and on fills no table.
///
/// # Errors
/// [`Error::TooMany`]; a fault of the database.
pub(super) async fn keep(
    cx: &Cx,
    purpose: Purpose,
    account: Option<Uuid>,
    state: &impl Serialize,
    options: Value,
    address: &str,
) -> Result<Asked> {
    let most = u64::try_from(cx.app.settings.login.failures_per_address).unwrap_or_default();
    if lists::open_challenges(cx, address).await? >= most {
        return Err(Error::TooMany { minutes: LASTS.num_minutes() });
    }
    let now = cx.app.clock.wall();
    let row = passkey_challenge::Model {
        id: Uuid::now_v7(),
        account,
        purpose: purpose.name().to_owned(),
        state: serde_json::to_string(state)?,
        address: address.to_owned(),
        expires_at: now + LASTS,
        created_at: now,
    };
    let challenge = row.id;
    passkey_challenge::ActiveModel::from(row).reset_all().insert(cx.app.db.write()).await?;
    Ok(Asked { challenge, options })
}

/// Takes what was asked away and answers with it: of two answers at once one is heard, and a wrong answer uses it up as
/// well.
///
/// # Errors
/// [`Error::Invalid`] when it is unknown, over, used, for something else or for somebody else.
pub(super) async fn take<S: DeserializeOwned>(
    cx: &Cx,
    purpose: Purpose,
    account: Option<Uuid>,
    challenge: &str,
) -> Result<S> {
    let over = || Error::invalid("", OVER);
    let id: Uuid = challenge.parse().map_err(|_| over())?;
    let whose = match account {
        Some(account) => C::Account.eq(account),
        None => C::Account.is_null(),
    };
    let row = passkey_challenge::Entity::find_by_id(id)
        .filter(C::Purpose.eq(purpose.name()))
        .filter(whose)
        .filter(C::ExpiresAt.gt(cx.app.clock.wall()))
        .one(cx.db())
        .await?
        .ok_or_else(over)?;
    let taken = passkey_challenge::Entity::delete_many().filter(C::Id.eq(id)).exec(cx.app.db.write()).await?;
    if taken.rows_affected == 0 {
        return Err(over());
    }
    Ok(serde_json::from_str(&row.state)?)
}
