//! The physician's mail address and its verification.

use super::super::lists::{self, Current, Purpose};
use super::super::{Origin, plain};
use super::limit::{self, Guess};
use super::{Change, Code, tell, use_link, write_link};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::decision;
use crate::error::{Error, Result};
use crate::mail::{self, Letter, Recipient};
use crate::physician::actions::record::{self, Origin as ChangeOrigin};
use chrono::Duration;
use mamis_schema::physician;
use sea_orm::EntityTrait;
use serde_json::json;
use uuid::Uuid;

/// How long the link of a verification works.
const LASTS: Duration = Duration::hours(24);

/// Sends a link to an address. A verified address stays in use until the new one is verified; without one the
/// new address is kept at once, unverified, so that the office sees it.
///
/// # Errors
/// [`Error::Invalid`] for an address that cannot be one; [`Error::TooMany`] for many letters in a short time.
#[crate::boxed]
pub async fn request_email_verification(
    cx: &Cx,
    current: Option<&Current>,
    typed: &str,
    origin: &Origin,
) -> Result<String> {
    let current = super::logged_in(current)?;
    let physician = cx.actor.physician().ok_or(Error::NotFound)?;
    // In small letters, so that the password reset finds it however it is typed then.
    let address = plain(typed).to_lowercase();
    if !is_address(&address) {
        return Err(Error::invalid("email", "メールアドレスを、name@example.jp の形で入力してください。"));
    }
    // Never forgiven: it counts letters, not failures.
    limit::begin(cx, Guess::Mail(current.account.into()), &origin.address).await?;
    let mut tx = cx.begin().await?;
    let expires_at = cx.app.clock.wall() + LASTS;
    let token = write_link(
        cx,
        &tx,
        current.account.into(),
        Purpose::EmailVerification,
        &address,
        expires_at,
        Code::Long,
    )
    .await?;
    let before = person(&tx, physician.into()).await?;
    if before.email_verified_at.is_none() {
        let after = physician::Model { email: Some(address.clone()), ..before.clone() };
        record::write(cx, &tx, &before, after, ChangeOrigin::of(cx)).await?;
    }
    let data = json!({
        "name": cx.who.name,
        "link": format!("{}/email-verifications/{token}", cx.app.settings.public_url),
        "expires": decision::at(expires_at),
    });
    let to = Recipient::Address { physician, address: address.clone() };
    mail::queue(cx, &mut tx, Letter::new("email_verification", to, &data)?).await?;
    tx.audit(Entry::new("account.request_email_verification", "account", current.account).about(physician));
    tx.commit().await?;
    Ok(address)
}

/// Proves the address of a link, and warns the address before. Needs no session: the link is often opened on another
/// device.
///
/// # Errors
/// [`Error::NotFound`] when the link is unknown, used or too old.
#[crate::boxed]
pub async fn verify_email(cx: &Cx, token: &str) -> Result<String> {
    let link = lists::link(cx, Purpose::EmailVerification, token).await?.ok_or(Error::NotFound)?;
    let person = lists::person_of_account(cx.db(), cx.today(), link.account).await?.ok_or(Error::NotFound)?;
    let physician = person.physician.ok_or(Error::NotFound)?;
    let cx = person.acting(cx);
    let mut tx = cx.begin().await?;
    use_link(&cx, &tx, Purpose::EmailVerification, token).await?;
    let before = self::person(&tx, physician).await?;
    let after = physician::Model {
        email: Some(link.email.clone()),
        email_verified_at: Some(cx.now),
        ..before.clone()
    };
    record::write(&cx, &tx, &before, after, ChangeOrigin::of(&cx)).await?;
    let verified = before.email.filter(|_| before.email_verified_at.is_some());
    if let Some(address) = verified.filter(|address| *address != link.email) {
        let to = Recipient::Address { physician: physician.into(), address };
        tell(&cx, &mut tx, &to, &person.name, Change::Email).await?;
    }
    tx.audit(Entry::new("account.verify_email", "account", link.account).about(physician.into()));
    tx.commit().await?;
    Ok(link.email)
}

async fn person(tx: &Tx<'_>, id: Uuid) -> Result<physician::Model> {
    physician::Entity::find_by_id(id).one(tx.db()).await?.ok_or(Error::NotFound)
}

/// Whether a text can be a mail address at all; whether it is one, the letter shows.
pub(crate) fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| c.is_ascii_graphic() && !"()<>[]:;,\\\"@".contains(c);
    text.len() <= 254
        && !local.is_empty()
        && local.len() <= 64
        && local.chars().all(plain)
        && domain.contains('.')
        && domain.split('.').all(|part| {
            !part.is_empty()
                && !part.starts_with('-')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_name_and_a_domain() {
        for good in
            ["a@example.jp", "taro.yamada+mamis@sub.example.co.jp", "rule..breaker.@docomo.example.ne.jp"]
        {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@",
            "@example.jp",
            "a@example",
            "a b@example.jp",
            "a@exam ple.jp",
            "山田@example.jp",
            "a@example.jp, b@example.jp",
            "a@example..jp",
            "a\r\nBcc: b@example.jp",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
