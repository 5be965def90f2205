//! Saving a text of mails, and going back to one before.

use super::lists::{newest, text_of};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::dialect::is_unique_violation;
use crate::error::{Error, Result};
use crate::mail::text::{Text, known, preview};
use mail_text::Column as T;
use mamis_rules::access::mail_text::may_edit;
use mamis_schema::mail_text;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Saves a text as the newest version: letters from now on are made from it.
///
/// # Errors
/// [`Error::Invalid`] with the line of a mistake, [`Error::Refused`], [`Error::NotFound`] for an unknown kind,
/// [`Error::Stale`] when somebody saved another version meanwhile.
#[crate::boxed]
pub async fn save(cx: &Cx, kind: &str, text: &Text, seen: i32) -> Result<i32> {
    may_edit(&cx.actor)?;
    let kind = known(kind)?;
    preview(kind, text)?;
    add(cx, kind, Some(text), seen).await
}

/// Makes an earlier version, or the built-in text, the newest one. A version that no longer fits its letter is refused.
///
/// # Errors
/// As [`save`]; [`Error::NotFound`] for a version that does not exist.
#[crate::boxed]
pub async fn restore(cx: &Cx, kind: &str, version: Option<i32>, seen: i32) -> Result<i32> {
    may_edit(&cx.actor)?;
    let kind = known(kind)?;
    let Some(version) = version else { return add(cx, kind, None, seen).await };
    let row = mail_text::Entity::find()
        .filter(T::Kind.eq(kind))
        .filter(T::Version.eq(version))
        .one(cx.db())
        .await?
        .ok_or(Error::NotFound)?;
    let text = text_of(&row);
    if let Some(text) = &text {
        preview(kind, text)?;
    }
    add(cx, kind, text.as_ref(), seen).await
}

async fn add(cx: &Cx, kind: &'static str, text: Option<&Text>, seen: i32) -> Result<i32> {
    let mut tx = cx.begin().await?;
    let last = newest(tx.db(), kind).await?.map_or(0, |row| row.version);
    if last != seen {
        return Err(stale());
    }
    let id = Uuid::now_v7();
    let text = text.cloned().unwrap_or_default();
    let row = mail_text::Model {
        id,
        kind: kind.to_owned(),
        version: last + 1,
        subject: text.subject.trim().to_owned(),
        body: text.body.replace("\r\n", "\n").trim_end().to_owned(),
        by_name: cx.who.name.clone(),
        created_at: cx.now,
        failed_at: None,
        failure: String::new(),
    };
    let added = mail_text::ActiveModel::from(row).reset_all().insert(tx.db()).await;
    match added {
        Err(error) if is_unique_violation(&error) => return Err(stale()),
        added => added?,
    };
    tx.audit(Entry::new("mail_text.save", "mail_text", id).with(json!({"kind": kind, "version": last + 1})));
    tx.commit().await?;
    Ok(last + 1)
}

fn stale() -> Error {
    Error::Stale("この文面は、ほかの職員が先に変更しました。いまの文面を確かめてください。".to_owned())
}

/// Notes that a letter could not be made from a version: the national office reads it in the list of texts.
pub(crate) async fn failed(cx: &Cx, tx: &Tx<'_>, row: &mail_text::Model, why: &str) -> Result<()> {
    tracing::error!(
        kind = row.kind,
        version = row.version,
        why,
        "a text of mails failed; the built-in one is sent"
    );
    let mut change: mail_text::ActiveModel = row.clone().into();
    change.failed_at = sea_orm::Set(Some(cx.now));
    change.failure = sea_orm::Set(why.to_owned());
    change.update(tx.db()).await?;
    Ok(())
}
