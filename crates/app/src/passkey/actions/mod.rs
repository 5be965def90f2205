//! Every write to passkeys.

mod challenge;
mod login;
mod registration;

pub use login::{begin_login, log_in};
pub use registration::{begin_enrolment, begin_registration, enrol, register};

use super::{LONGEST_NAME, lists};
use crate::account::actions::{Change, hold_account, logged_in, tell};
use crate::account::lists::{Current, SecondFactor};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::mail::Recipient;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mamis_rules::access::Actor;
use mamis_schema::passkey;
use passkey::Column as P;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

/// Longer answers come from no device.
const LONGEST_ANSWER: usize = 20_000;

/// What a device is to be asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Comes back with the answer.
    pub challenge: Uuid,
    /// For the browser, in the form of the standard with base64url for bytes.
    pub options: Value,
}

/// What the device answered.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// To which question.
    pub challenge: &'a str,
    /// The browser's JSON.
    pub json: &'a str,
}

impl Answer<'_> {
    fn read<T: DeserializeOwned>(&self) -> Result<T> {
        let text = if self.json.len() > LONGEST_ANSWER { "" } else { self.json };
        serde_json::from_str(text).map_err(|_| {
            Error::invalid("", "端末からの返事を読み取れませんでした。もう一度、最初から操作してください。")
        })
    }
}

/// How the table writes the name that a device gave a passkey.
fn external(id: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(id)
}

/// Somebody logged in completely.
fn inside(current: Option<&Current>) -> Result<&Current> {
    let current = logged_in(current)?;
    if current.second_factor == SecondFactor::Owed {
        return Err(Error::refused("先に、二要素認証の確認を済ませてください。"));
    }
    Ok(current)
}

fn checked_name(name: &str) -> Result<&str> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
        return Err(Error::invalid(
            "passkey_name",
            &format!("パスキーの名前を、{LONGEST_NAME}文字以内で入力してください。例：自分のスマートフォン"),
        ));
    }
    Ok(name)
}

/// The letter about a change, to whoever has the account.
async fn tell_owner(cx: &Cx, tx: &mut Tx<'_>, current: &Current, change: Change) -> Result<()> {
    let to = match &current.actor {
        Actor::Officer { officer, .. } => Recipient::Officer(*officer),
        Actor::Physician { physician, .. } => Recipient::Physician(*physician),
        _ => return Ok(()),
    };
    tell(cx, tx, &to, &current.who.name, change).await
}

/// Gives one of one's own passkeys another name.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's, [`Error::Invalid`] for a name that will not do.
#[crate::boxed]
pub async fn rename(cx: &Cx, current: Option<&Current>, id: Uuid, name: &str) -> Result<()> {
    let current = inside(current)?;
    let name = checked_name(name)?;
    let mut tx = cx.begin().await?;
    let before = lists::find(tx.db(), current.account, id).await?;
    passkey::Entity::update_many()
        .col_expr(P::Name, Expr::value(name))
        .filter(P::Id.eq(id))
        .exec(tx.db())
        .await?;
    let detail = json!({"before": before.name, "after": name});
    tx.audit(Entry::new("passkey.rename", "passkey", id).with(detail));
    tx.commit().await
}

/// Removes one of one's own passkeys, e.g. of a lost device, and tells the owner by mail. An officer keeps a second
/// factor.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's, [`Error::Refused`] for the last second factor of an officer.
#[crate::boxed]
pub async fn remove(cx: &Cx, current: Option<&Current>, id: Uuid) -> Result<()> {
    let current = inside(current)?;
    let mut tx = cx.begin().await?;
    // Of two that are removed at once the second finds what the first has left.
    hold_account(&tx, current).await?;
    let row = lists::find(tx.db(), current.account, id).await?;
    let factors = lists::factors(tx.db(), current.account).await?;
    if matches!(current.actor, Actor::Officer { .. }) && !factors.app && factors.passkeys <= 1 {
        return Err(Error::refused(
            "このパスキーは、ただ一つの二要素認証です。先に、認証アプリか、別のパスキーを登録してください。",
        ));
    }
    passkey::Entity::delete_by_id(id).exec(tx.db()).await?;
    tell_owner(cx, &mut tx, current, Change::PasskeyRemoved { name: row.name.clone() }).await?;
    tx.audit(Entry::new("passkey.remove", "passkey", id).with(json!({"name": row.name})));
    tx.commit().await
}
