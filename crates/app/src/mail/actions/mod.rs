//! Every write to the outbox.
//!
//! These rows are the log of their own sending, hence no audit entries here: the action that queued the
//! letter has left one.

pub(super) mod bounce;
mod delivery;

pub(crate) use delivery::BY_MAIL_ONLY;
pub use delivery::{Delivery, deliver};

use super::{Letter, Recipient};
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::mail_text::actions::failed;
use crate::mail_text::lists::{newest, text_of};
use mamis_rules::base::{OfficerId, PhysicianId, full_name};
use mamis_schema::{mail_text, officer, outbox, physician};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, Set};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Queues a letter in the transaction of the action that causes it; one about many people queues them all at its commit.
///
/// # Errors
/// [`Error::Fault`] when the recipient does not exist or the database fails.
#[crate::boxed]
pub async fn queue(cx: &Cx, tx: &mut Tx<'_>, letter: Letter) -> Result<()> {
    let Some(letter) = tx.gather(letter) else { return Ok(()) };
    let to = find_address(tx, &letter.to).await?;
    insert(cx, tx, letter, &to).await
}

async fn insert(cx: &Cx, tx: &Tx<'_>, letter: Letter, to: &Address) -> Result<()> {
    let own = OwnText::of(tx, letter.kind).await?;
    let (row, failure) = row_of(cx, letter, to, own.as_ref())?;
    row.insert(tx.db()).await?;
    if let (Some(failure), Some(own)) = (failure, &own) {
        failed(cx, tx, &own.row, &failure).await?;
    }
    Ok(())
}

/// The text of a kind as the office wrote it, and its template.
struct OwnText {
    row: mail_text::Model,
    template: String,
}

impl OwnText {
    async fn of(tx: &Tx<'_>, kind: &str) -> Result<Option<Self>> {
        let row = newest(tx.db(), kind).await?;
        Ok(row.and_then(|row| text_of(&row).map(|text| Self { template: text.template(), row })))
    }
}

/// Queues a letter that is of use by mail only; where there is no verified address, nothing is sent.
///
/// # Errors
/// As [`queue`].
#[crate::boxed]
pub async fn queue_by_mail(cx: &Cx, tx: &mut Tx<'_>, letter: Letter) -> Result<()> {
    let to = find_address(tx, &letter.to).await?;
    if to.channel == "mail" {
        insert(cx, tx, letter, &to).await?;
    }
    Ok(())
}

fn row_of(
    cx: &Cx,
    letter: Letter,
    to: &Address,
    own: Option<&OwnText>,
) -> Result<(outbox::ActiveModel, Option<String>)> {
    let id = Uuid::now_v7();
    let composed = letter.written(to.channel, own.map(|own| own.template.as_str()))?;
    let row = outbox::ActiveModel {
        id: Set(id),
        kind: Set(letter.kind.to_owned()),
        channel: Set(to.channel.to_owned()),
        physician: Set(to.physician.map(Into::into)),
        officer: Set(to.officer.map(Into::into)),
        address: Set(to.address.clone()),
        subject: Set(composed.subject),
        body: Set(composed.body),
        message_id: Set(message_id(id, &cx.app.settings.mail.from)),
        state: Set("waiting".to_owned()),
        attempts: Set(0),
        next_attempt_at: Set(cx.now),
        lease_until: Set(None),
        answer: Set(String::new()),
        created_at: Set(cx.now),
        sent_at: Set(None),
        posted_on: Set(None),
        posted_by: Set(String::new()),
        notice: Set(letter.notice.as_ref().map(|notice| notice.id.into())),
        unsubscribe: Set(letter.notice.map(|notice| notice.unsubscribe).unwrap_or_default()),
        tried_at: Set(None),
        bounced_at: Set(None),
        bounce: Set(String::new()),
        address_dead: Set(false),
    };
    Ok((row, composed.failure))
}

/// Queues many letters in the transaction of the action that causes them: three statements, however many.
///
/// # Errors
/// [`Error::Fault`] when a recipient does not exist or the database fails.
#[crate::boxed]
pub async fn queue_all(cx: &Cx, tx: &mut Tx<'_>, letters: Vec<Letter>) -> Result<()> {
    queue_and_count(cx, tx, letters).await.map(drop)
}

/// Queues many letters that are of use by mail only, and says how many; where there is no verified address, nothing is
/// sent.
///
/// # Errors
/// As [`queue_all`].
#[crate::boxed]
pub async fn queue_all_by_mail(cx: &Cx, tx: &mut Tx<'_>, mut letters: Vec<Letter>) -> Result<u64> {
    let people = addresses(tx, &letters).await?;
    letters.retain(|letter| people.get(&letter.to).is_some_and(|to| to.channel == "mail"));
    let count = letters.len() as u64;
    queue_all(cx, tx, letters).await?;
    Ok(count)
}

/// How many letters go which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Queued {
    /// By mail.
    pub(crate) mail: i32,
    /// By post.
    pub(crate) post: i32,
}

/// As [`queue_all`], and says how many go which way.
///
/// # Errors
/// As [`queue_all`].
pub(crate) async fn queue_and_count(cx: &Cx, tx: &mut Tx<'_>, letters: Vec<Letter>) -> Result<Queued> {
    let mut queued = Queued::default();
    if letters.is_empty() {
        return Ok(queued);
    }
    let people = addresses(tx, &letters).await?;
    let mut texts: HashMap<&str, Option<OwnText>> = HashMap::new();
    for letter in &letters {
        if let Entry::Vacant(entry) = texts.entry(letter.kind) {
            entry.insert(OwnText::of(tx, letter.kind).await?);
        }
    }
    let mut failures: HashMap<&str, String> = HashMap::new();
    let mut rows = Vec::with_capacity(letters.len());
    for letter in letters {
        let to = people
            .get(&letter.to)
            .ok_or_else(|| Error::fault(format!("letter {} to somebody who does not exist", letter.kind)))?;
        match to.channel {
            "mail" => queued.mail += 1,
            _ => queued.post += 1,
        }
        let kind = letter.kind;
        let (row, failure) = row_of(cx, letter, to, texts.get(kind).and_then(Option::as_ref))?;
        rows.push(row);
        failures.extend(failure.map(|failure| (kind, failure)));
    }
    for chunk in rows.chunks(500) {
        outbox::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx.db()).await?;
    }
    for (kind, failure) in failures {
        if let Some(Some(own)) = texts.get(kind) {
            failed(cx, tx, &own.row, &failure).await?;
        }
    }
    Ok(queued)
}

/// The addresses of everybody the letters go to, by three questions.
async fn addresses(tx: &Tx<'_>, letters: &[Letter]) -> Result<HashMap<Recipient, Address>> {
    let (mut physicians, mut officers, mut found) = (Vec::new(), Vec::new(), HashMap::new());
    for letter in letters {
        match &letter.to {
            Recipient::Physician(id) => physicians.push(Uuid::from(*id)),
            Recipient::Officer(id) => officers.push(Uuid::from(*id)),
            Recipient::Address { .. } | Recipient::Invited(_) => {
                found.insert(letter.to.clone(), find_address(tx, &letter.to).await?);
            }
        }
    }
    for chunk in physicians.chunks(500) {
        let rows = physician::Entity::find()
            .filter(physician::Column::Id.is_in(chunk.to_vec()))
            .all(tx.db())
            .await?;
        let dead = dead_addresses(tx, chunk).await?;
        found.extend(
            rows.into_iter().map(|row| (Recipient::Physician(row.id.into()), address_of(row, &dead))),
        );
    }
    if !officers.is_empty() {
        let rows = officer::Entity::find().filter(officer::Column::Id.is_in(officers)).all(tx.db()).await?;
        found.extend(rows.into_iter().map(|row| {
            let id = OfficerId(row.id);
            (
                Recipient::Officer(id),
                Address { channel: "mail", physician: None, officer: Some(id), address: row.email },
            )
        }));
    }
    Ok(found)
}

/// Those of the people from whose address, verified as it is, a letter came back: there is no such mailbox.
async fn dead_addresses(tx: &Tx<'_>, people: &[Uuid]) -> Result<HashSet<Uuid>> {
    use outbox::Column as O;
    use physician::{Column as P, Entity as Physician};
    let still_so = Query::select()
        .expr(Expr::val(1))
        .from(Physician)
        .and_where(Expr::col((Physician, P::Id)).equals((outbox::Entity, O::Physician)))
        .and_where(Expr::col((Physician, P::Email)).equals((outbox::Entity, O::Address)))
        .and_where(Expr::col((Physician, P::EmailVerifiedAt)).lte(Expr::col((outbox::Entity, O::BouncedAt))))
        .to_owned();
    let dead: Vec<Option<Uuid>> = outbox::Entity::find()
        .select_only()
        .column(O::Physician)
        .filter(O::Physician.is_in(people.iter().copied()))
        .filter(O::BouncedAt.is_not_null())
        .filter(O::AddressDead.eq(true))
        .filter(Expr::exists(still_so))
        .into_tuple()
        .all(tx.db())
        .await?;
    Ok(dead.into_iter().flatten().collect())
}

/// By mail to a verified address at which there is a mailbox, else by post.
fn address_of(row: physician::Model, dead: &HashSet<Uuid>) -> Address {
    let (channel, address) = match (row.email, row.email_verified_at) {
        (Some(email), Some(_)) if !dead.contains(&row.id) => ("mail", email),
        _ => ("post", full_name(&row.family_name, &row.given_name)),
    };
    Address { channel, physician: Some(row.id.into()), officer: None, address }
}

/// The Message-ID: made from the row, hence the same at every attempt; its domain is the sender's.
fn message_id(id: Uuid, from: &str) -> String {
    let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain.trim_end_matches('>'));
    format!("<{id}@{domain}>")
}

struct Address {
    channel: &'static str,
    physician: Option<PhysicianId>,
    officer: Option<OfficerId>,
    address: String,
}

async fn find_address(tx: &Tx<'_>, to: &Recipient) -> Result<Address> {
    match to {
        Recipient::Physician(id) => {
            let row = physician::Entity::find_by_id(Uuid::from(*id))
                .one(tx.db())
                .await?
                .ok_or_else(|| Error::fault(format!("letter to physician {id}, who does not exist")))?;
            let dead = dead_addresses(tx, &[row.id]).await?;
            Ok(address_of(row, &dead))
        }
        Recipient::Officer(id) => {
            let row = officer::Entity::find_by_id(Uuid::from(*id))
                .one(tx.db())
                .await?
                .ok_or_else(|| Error::fault(format!("letter to officer {id}, who does not exist")))?;
            Ok(Address { channel: "mail", physician: None, officer: Some(*id), address: row.email })
        }
        Recipient::Address { physician, address } => Ok(Address {
            channel: "mail",
            physician: Some(*physician),
            officer: None,
            address: address.clone(),
        }),
        Recipient::Invited(address) => {
            Ok(Address { channel: "mail", physician: None, officer: None, address: address.clone() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_id_is_of_the_row_and_the_senders_domain() {
        let id = Uuid::nil();
        assert_eq!(message_id(id, "MAMIS <no-reply@med.example>"), format!("<{id}@med.example>"));
        assert_eq!(message_id(id, "no-reply@med.example"), format!("<{id}@med.example>"));
    }
}
