//! Login with a passkey.

use super::super::{Place, lists};
use super::challenge::{self, Purpose};
use super::{Answer, Asked, external};
use crate::account::Origin;
use crate::account::actions::limit::{self, Guess};
use crate::account::actions::{Opened, SUSPENDED, open_session, raise};
use crate::account::lists::{Person, person_to_log_in};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use mamis_schema::{passkey, session};
use passkey::Column as P;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, Passkey, PublicKeyCredential, WebauthnError,
};

/// The one sentence for an unknown passkey, a closed account and a wrong answer.
const WRONG: &str = "このパスキーではログインできませんでした。もう一度試すか、ログインIDとパスワードでログインしてください。";
const COPIED: &str = "このパスキーは、写しが作られたおそれがあるため、受け付けませんでした。パスワードでログインして、このパスキーを削除してください。";

/// Asks the device for any passkey of this site: it knows whose.
///
/// # Errors
/// [`Error::TooMany`], [`Error::Refused`] where passkeys do not work.
#[crate::boxed]
pub async fn begin_login(cx: &Cx, origin: &Origin) -> Result<Asked> {
    let place = Place::needed(&cx.app.settings.public_url)?;
    let (options, state) = place.webauthn.start_discoverable_authentication().map_err(Error::fault)?;
    let options = serde_json::to_value(options.public_key)?;
    challenge::keep(cx, Purpose::Login, None, &state, options, &origin.address).await
}

/// Opens a session for the owner of the passkey; with officers it counts as both factors, since the device has asked
/// for the finger, the face or its code.
///
/// # Errors
/// [`Error::Invalid`] with one and the same sentence for whatever was wrong, with others for a challenge that is over, a
/// passkey that was copied and a suspended account; [`Error::TooMany`].
#[crate::boxed]
pub async fn log_in<'a>(
    cx: &'a Cx,
    answer: Answer<'a>,
    origin: &'a Origin,
    replaces: Option<Uuid>,
) -> Result<Opened> {
    let place = Place::needed(&cx.app.settings.public_url)?;
    let credential: PublicKeyCredential = answer.read()?;
    let known_as = external(credential.get_credential_id());
    let attempt = limit::begin(cx, Guess::Passkey(&known_as), &origin.address).await?;
    let state: DiscoverableAuthentication =
        challenge::take(cx, Purpose::Login, None, answer.challenge).await?;
    let wrong = || {
        metrics::counter!("mamis_login_failures_total").increment(1);
        Error::invalid("", WRONG)
    };
    let row = lists::known_as(cx.db(), &known_as).await?.ok_or_else(wrong)?;
    let person = person_to_log_in(cx.db(), cx.today(), row.account).await?.ok_or_else(wrong)?;
    let (owner, _) = place.webauthn.identify_discoverable_authentication(&credential).map_err(|_| wrong())?;
    let mut key: Passkey = serde_json::from_str(&row.data)?;
    let checked = place.webauthn.finish_discoverable_authentication_v2(&credential, state, &key);
    let result = match checked {
        Ok(result) if owner == row.account && result.user_verified() => result,
        Err(WebauthnError::CredentialPossibleCompromise) => return Err(copied(cx, &person, &row).await?),
        _ => return Err(wrong()),
    };
    if person.state != "active" {
        return Err(Error::invalid("", SUSPENDED));
    }
    key.update_credential(&result);
    let cx = person.acting(cx);
    let mut tx = cx.begin().await?;
    note_use(&cx, &tx, &row, &key, &result).await?;
    if let Some(old) = replaces {
        session::Entity::delete_many().filter(session::Column::Id.eq(old)).exec(tx.db()).await?;
    }
    let (session, mut token) = open_session(&cx, &tx, person.account, origin).await?;
    if person.officer.is_some() {
        token = raise(&cx, &tx, session).await?;
    }
    attempt.forgive(&tx).await?;
    tx.audit(Entry::new("account.log_in", "session", session).with(json!({"passkey": row.id})));
    tx.commit().await?;
    Ok(Opened { token })
}

/// Writes down that somebody else seems to use the same passkey: its counter went back.
async fn copied(cx: &Cx, person: &Person, row: &passkey::Model) -> Result<Error> {
    let cx = person.acting(cx);
    let mut tx = cx.begin().await?;
    tx.audit(Entry::new("passkey.copy_suspected", "passkey", row.id).with(json!({"name": row.name})));
    tx.commit().await?;
    Ok(Error::invalid("", COPIED))
}

/// Notes the use and the counter. Of two answers with the same counter one is heard.
async fn note_use(
    cx: &Cx,
    tx: &Tx<'_>,
    row: &passkey::Model,
    key: &Passkey,
    result: &AuthenticationResult,
) -> Result<()> {
    let data = if result.needs_update() { serde_json::to_string(key)? } else { row.data.clone() };
    let used = passkey::Entity::update_many()
        .col_expr(P::Data, Expr::value(data))
        .col_expr(P::LastUsedAt, Expr::value(cx.now))
        .filter(P::Id.eq(row.id))
        .filter(P::Data.eq(&row.data))
        .exec(tx.db())
        .await?;
    if used.rows_affected == 0 { Err(Error::invalid("", WRONG)) } else { Ok(()) }
}
