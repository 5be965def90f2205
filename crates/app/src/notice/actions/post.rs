//! The letters of a notice on paper, for those whom no mail reaches.

use super::super::lists::{letters_of, reading};
use super::own;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::document::print::told;
use crate::error::{Error, Result};
use crate::post_letter::actions::sender_of;
use crate::post_letter::lists::{Line, View, dress};
use crate::post_letter::print::letter;
use mamis_documents::PostLetter;
use mamis_rules::base::{NoticeId, PhysicianId};
use mamis_schema::outbox;
use outbox::Column as O;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

/// Letters in one PDF: more than an office puts into envelopes in a day, and a minute of setting.
const PART: u64 = 1_000;

/// What became of a wish for the letters.
#[derive(Debug)]
pub enum Printed {
    /// The PDF.
    File(Vec<u8>),
    /// People whose address is not known: the reader is told before the others are printed.
    Missing(Vec<String>),
}

/// Whether letters are printed although some people have no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unaddressed {
    /// Say who.
    Shown,
    /// The reader has seen it.
    LeftOut,
}

/// The letters of a notice that wait to be posted, in the order of the readings, as one PDF; `part` counts from 1 where
/// there are more than a thousand. The addresses are full data of people, so each letter leaves an entry.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] when none waits and for a character that no font shows.
#[crate::boxed]
pub async fn print(cx: &Cx, id: NoticeId, part: u64, unaddressed: Unaddressed) -> Result<Printed> {
    let mut tx = cx.begin().await?;
    let found = own(cx, &tx, id).await?;
    let lines = waiting(cx, &tx, id, part).await?;
    let sender = sender_of(&tx, found.office.id).await?;
    let (mut letters, mut missing): (Vec<PostLetter>, Vec<String>) = (Vec::new(), Vec::new());
    for line in &lines {
        match letter(line, &sender, cx.today()) {
            Some(letter) => letters.push(letter),
            None => missing.push(line.name()),
        }
    }
    if !missing.is_empty() && unaddressed == Unaddressed::Shown {
        return Ok(Printed::Missing(missing));
    }
    if letters.is_empty() {
        return Err(Error::refused("印刷できる手紙がありません。"));
    }
    let (app, today) = (cx.app.clone(), cx.today());
    let set = tokio::task::spawn_blocking(move || app.printer.post_letters(today, &letters).map_err(told));
    let bytes = set.await.map_err(Error::fault)??;
    for line in lines.iter().filter(|line| line.destination.is_some()) {
        let entry = Entry::new("post_letter.look", "post_letter", line.row.id);
        tx.audit(entry.about(PhysicianId(line.person.id)).with(json!({"kind": line.row.kind})));
    }
    tx.commit().await?;
    Ok(Printed::File(bytes))
}

async fn waiting(cx: &Cx, tx: &Tx<'_>, id: NoticeId, part: u64) -> Result<Vec<Line>> {
    let rows = letters_of(id)
        .filter(O::Channel.eq("post"))
        .filter(O::State.eq(View::Waiting.name()))
        .order_by(reading(), Order::Asc)
        .order_by_asc(O::Id)
        .offset(part.saturating_sub(1) * PART)
        .limit(PART)
        .all(tx.db())
        .await?;
    dress(cx, tx.db(), rows).await
}

/// Records that all letters of a notice that wait were posted today, and says how many.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] when none waits.
#[crate::boxed]
pub async fn posted(cx: &Cx, id: NoticeId) -> Result<u64> {
    let mut tx = cx.begin().await?;
    let found = own(cx, &tx, id).await?;
    let changed = outbox::Entity::update_many()
        .col_expr(O::State, Expr::value(View::Posted.name()))
        .col_expr(O::PostedOn, Expr::value(cx.today().date()))
        .col_expr(O::PostedBy, Expr::value(cx.who.name.as_str()))
        .filter(O::Notice.eq(found.row.id))
        .filter(O::Kind.eq("notice"))
        .filter(O::Channel.eq("post"))
        .filter(O::State.eq(View::Waiting.name()))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(Error::refused("郵送を待っている手紙はありません。"));
    }
    let detail = json!({"letters": changed.rows_affected});
    tx.audit(Entry::new("notice.post", "notice", found.row.id).with(detail));
    tx.commit().await?;
    Ok(changed.rows_affected)
}
