//! Printing letters, and recording that they were posted.

use super::lists::{self, Line, View};
use super::print;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::document::print::told;
use crate::error::{Error, Problem, Result};
use mamis_documents::PostLetter;
use mamis_rules::access::{self, Office};
use mamis_rules::base::{Day, PhysicianId};
use mamis_schema::{association, outbox};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Sets letters as one PDF, each on a sheet of its own, in the order of the readings. The addresses are full data of
/// people, so each letter leaves an entry.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`] for none or too many and where an address is missing, [`Error::Refused`]
/// for a character that no font shows.
#[crate::boxed]
pub async fn print(cx: &Cx, ids: &[Uuid]) -> Result<Vec<u8>> {
    access::post_letter::may_post(&cx.actor)?;
    let mut tx = cx.begin().await?;
    let lines = lists::chosen(cx, tx.db(), ids).await?;
    let sender = sender(cx, &tx).await?;
    let mut letters: Vec<PostLetter> = Vec::with_capacity(lines.len());
    let mut missing = Vec::new();
    for line in &lines {
        match print::letter(line, &sender, cx.today()) {
            Some(letter) => letters.push(letter),
            None => missing.push(line.name()),
        }
    }
    if !missing.is_empty() {
        let text =
            format!("送付先の住所がないため印刷できません：{}。選択から外してください。", missing.join("、"));
        return Err(Error::invalid("id", &text));
    }
    let (app, today) = (cx.app.clone(), cx.today());
    let set = tokio::task::spawn_blocking(move || app.printer.post_letters(today, &letters).map_err(told));
    let bytes = set.await.map_err(Error::fault)??;
    for line in &lines {
        note(&mut tx, "post_letter.look", line, json!({"kind": line.row.kind}));
    }
    tx.commit().await?;
    Ok(bytes)
}

/// Who sends: the actor's association, with how to reach it.
async fn sender(cx: &Cx, tx: &Tx<'_>) -> Result<Vec<String>> {
    let at = cx.actor.duties().iter().find_map(|held| match held.at {
        Office::Association { id, .. } => Some(id),
        Office::Organizer { .. } => None,
    });
    sender_of(tx, at.ok_or(Error::NotFound)?.into()).await
}

/// An association as the sender of a letter, line by line.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) async fn sender_of(tx: &Tx<'_>, at: Uuid) -> Result<Vec<String>> {
    let row = association::Entity::find_by_id(at).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let contact = [row.phone.map(|phone| format!("電話 {phone}")), row.email];
    Ok([Some(format!("{}　事務局", row.name))].into_iter().chain(contact).flatten().collect())
}

/// What became of letters.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Handed to the post on a day.
    Posted(Option<Day>),
    /// Not to be posted, with the reason: the training is over, the person was called.
    Unneeded(String),
}

/// Records what became of letters, all of them or none.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`] without a day that can be or without a reason, [`Error::Stale`] when one of
/// them does not wait any more.
#[crate::boxed]
pub async fn record(cx: &Cx, ids: &[Uuid], outcome: &Outcome) -> Result<usize> {
    access::post_letter::may_post(&cx.actor)?;
    let (view, on, detail) = match outcome {
        Outcome::Posted(on) => {
            let on = posted_on(cx, *on)?;
            (View::Posted, on, json!({"posted_on": on}))
        }
        Outcome::Unneeded(reason) if reason.is_empty() => {
            return Err(Error::invalid("reason", "送らない理由を入力してください。"));
        }
        Outcome::Unneeded(reason) => (View::Unneeded, cx.today(), json!({"reason": reason})),
    };
    let mut tx = cx.begin().await?;
    let lines = lists::chosen(cx, tx.db(), ids).await?;
    let changed = outbox::Entity::update_many()
        .col_expr(outbox::Column::State, Expr::value(view.name()))
        .col_expr(outbox::Column::PostedOn, Expr::value(on.date()))
        .col_expr(outbox::Column::PostedBy, Expr::value(cx.who.name.as_str()))
        .filter(outbox::Column::Id.is_in(ids.iter().copied()))
        .filter(outbox::Column::State.eq(View::Waiting.name()))
        .exec(tx.db())
        .await?;
    if usize::try_from(changed.rows_affected).ok() != Some(lines.len()) {
        return Err(Error::Stale("選んだ案内の中に、すでに記録されたものがあります。".to_owned()));
    }
    let action = match outcome {
        Outcome::Posted(_) => "post_letter.post",
        Outcome::Unneeded(_) => "post_letter.drop",
    };
    for line in &lines {
        note(&mut tx, action, line, detail.clone());
    }
    tx.commit().await?;
    Ok(lines.len())
}

fn posted_on(cx: &Cx, on: Option<Day>) -> Result<Day> {
    match on {
        Some(on) if on <= cx.today() && on >= cx.today().plus_months(-3) => Ok(on),
        Some(_) => Err(Error::Invalid(vec![Problem::at(
            "posted_on",
            "郵送した日は、今日までの3か月のうちで入力してください。",
        )])),
        None => Err(Error::invalid("posted_on", "郵送した日を入力してください。")),
    }
}

fn note(tx: &mut Tx<'_>, action: &'static str, line: &Line, detail: serde_json::Value) {
    tx.audit(
        Entry::new(action, "post_letter", line.row.id).about(PhysicianId::from(line.person.id)).with(detail),
    );
}
