//! New passkeys.

use super::super::{MOST, Place, lists};
use super::challenge::{self, Purpose};
use super::{Answer, Asked, checked_name, external, inside, tell_owner};
use crate::account::Origin;
use crate::account::actions::limit::{self, Guess};
use crate::account::actions::{Change, Enrolled, Opened, hold_account, owing, raise, write_set};
use crate::account::lists::{Current, person_of_account};
use crate::account::password::{self, Verdict};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::dialect;
use crate::error::{Error, Result};
use mamis_schema::passkey;
use sea_orm::{ActiveModelTrait, ConnectionTrait};
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::{Passkey, PasskeyRegistration, RegisterPublicKeyCredential};

const FAILED: &str = "パスキーを登録できませんでした。もう一度試すか、別の端末で登録してください。";
const TAKEN: &str = "このパスキーは、すでに登録されています。";
const HAS_ONE: &str =
    "二要素認証は登録済みです。認証アプリの確認コードか、登録済みのパスキーでログインしてください。";

/// Asks the device for a new passkey of somebody logged in. Asks for the password: whoever finds the desk unlocked must
/// not take a way in along.
///
/// # Errors
/// [`Error::Invalid`] for a wrong password, [`Error::TooMany`], [`Error::Refused`] where passkeys do not work or there are
/// too many.
#[crate::boxed]
pub async fn begin_registration(
    cx: &Cx,
    current: Option<&Current>,
    typed: &str,
    origin: &Origin,
) -> Result<Asked> {
    let current = inside(current)?;
    let account = Uuid::from(current.account);
    let person = person_of_account(cx.db(), cx.today(), account).await?.ok_or(Error::NotFound)?;
    let attempt = limit::begin(cx, Guess::Account(account), &origin.address).await?;
    if password::verify(typed, &person.password_hash).await? == Verdict::Wrong {
        return Err(Error::invalid("passkey_password", "パスワードが違います。もう一度入力してください。"));
    }
    let asked = ask(cx, current, &person.login_id, origin).await?;
    let mut tx = cx.begin().await?;
    attempt.forgive(&tx).await?;
    tx.audit(Entry::new("passkey.begin", "account", account));
    tx.commit().await?;
    Ok(asked)
}

/// Asks the device for the first passkey of an officer who has no second factor yet and has just given the password.
///
/// # Errors
/// [`Error::Refused`] for everybody else and where passkeys do not work; [`Error::TooMany`].
#[crate::boxed]
pub async fn begin_enrolment(cx: &Cx, current: Option<&Current>, origin: &Origin) -> Result<Asked> {
    let current = owing(current)?;
    has_none(cx.db(), current).await?;
    let account = Uuid::from(current.account);
    let person = person_of_account(cx.db(), cx.today(), account).await?.ok_or(Error::NotFound)?;
    ask(cx, current, &person.login_id, origin).await
}

async fn has_none(db: &impl ConnectionTrait, current: &Current) -> Result<()> {
    if lists::factors(db, current.account).await?.is_none() { Ok(()) } else { Err(Error::refused(HAS_ONE)) }
}

async fn ask(cx: &Cx, current: &Current, login_id: &str, origin: &Origin) -> Result<Asked> {
    let place = Place::needed(&cx.app.settings.public_url)?;
    let account = Uuid::from(current.account);
    let known = lists::of_account(cx.db(), current.account).await?;
    may_have_more(known.len() as u64)?;
    let keys = known
        .iter()
        .map(|row| Ok(serde_json::from_str::<Passkey>(&row.data)?.cred_id().clone()))
        .collect::<Result<Vec<_>>>()?;
    let (options, state) = place
        .webauthn
        .start_passkey_registration(account, login_id, &current.who.name, Some(keys))
        .map_err(Error::fault)?;
    let mut options = serde_json::to_value(options.public_key)?;
    // The login asks for no id: the device has to know by itself whose passkey it is.
    options["authenticatorSelection"]["residentKey"] = Value::from("required");
    options["authenticatorSelection"]["requireResidentKey"] = Value::from(true);
    challenge::keep(cx, Purpose::Registration, Some(account), &state, options, &origin.address).await
}

fn may_have_more(have: u64) -> Result<()> {
    if have < MOST {
        return Ok(());
    }
    Err(Error::refused(format!(
        "パスキーは{MOST}個まで登録できます。使っていないパスキーを削除してから、登録してください。"
    )))
}

/// Registers the passkey that the device has made, and tells the owner by mail.
///
/// # Errors
/// [`Error::Invalid`] for a name or an answer that will not do, [`Error::Refused`] when there are too many.
#[crate::boxed]
pub async fn register<'a>(
    cx: &'a Cx,
    current: Option<&'a Current>,
    answer: Answer<'a>,
    name: &'a str,
) -> Result<()> {
    let current = inside(current)?;
    let name = checked_name(name)?;
    let key = check(cx, current, answer).await?;
    let mut tx = cx.begin().await?;
    hold_account(&tx, current).await?;
    write(cx, &mut tx, current, &key, name).await?;
    tx.commit().await
}

/// Registers the first second factor of an officer, with a set of recovery codes, and raises the session.
///
/// # Errors
/// As [`register`]; [`Error::Refused`] when a second factor is registered already.
#[crate::boxed]
pub async fn enrol<'a>(
    cx: &'a Cx,
    current: Option<&'a Current>,
    answer: Answer<'a>,
    name: &'a str,
) -> Result<Enrolled> {
    let current = owing(current)?;
    let name = checked_name(name)?;
    let key = check(cx, current, answer).await?;
    let mut tx = cx.begin().await?;
    hold_account(&tx, current).await?;
    has_none(tx.db(), current).await?;
    write(cx, &mut tx, current, &key, name).await?;
    let recovery_codes = write_set(cx, &tx, current.account).await?;
    let token = raise(cx, &tx, current.session).await?;
    tx.commit().await?;
    Ok(Enrolled { opened: Opened { token }, recovery_codes })
}

async fn check(cx: &Cx, current: &Current, answer: Answer<'_>) -> Result<Passkey> {
    let place = Place::needed(&cx.app.settings.public_url)?;
    let made: RegisterPublicKeyCredential = answer.read()?;
    let account = Some(current.account.into());
    let state: PasskeyRegistration =
        challenge::take(cx, Purpose::Registration, account, answer.challenge).await?;
    place.webauthn.finish_passkey_registration(&made, &state).map_err(|_| Error::invalid("", FAILED))
}

/// Writes the row. The caller holds the account.
async fn write(cx: &Cx, tx: &mut Tx<'_>, current: &Current, key: &Passkey, name: &str) -> Result<()> {
    may_have_more(lists::factors(tx.db(), current.account).await?.passkeys)?;
    let row = passkey::Model {
        id: Uuid::now_v7(),
        account: current.account.into(),
        external_id: external(key.cred_id()),
        name: name.to_owned(),
        data: serde_json::to_string(key)?,
        created_at: cx.now,
        last_used_at: None,
    };
    tx.audit(Entry::new("passkey.register", "passkey", row.id).with(json!({"name": name})));
    passkey::ActiveModel::from(row).reset_all().insert(tx.db()).await.map_err(|error| {
        if dialect::is_unique_violation(&error) { Error::invalid("", TAKEN) } else { error.into() }
    })?;
    tell_owner(cx, tx, current, Change::Passkey { name: name.to_owned() }).await
}
