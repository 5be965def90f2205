//! One entry for every write and for every officer's look at full personal data, in the same
//! transaction, each entry holding the hash of the one before.

use crate::cx::{Cx, Who};
use crate::db::{Db, dialect};
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use mamis_rules::base::PhysicianId;
use mamis_schema::audit_entry;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Nouns whose actions are many and never change a person: signing up, being offered a seat, coming in, printing cards
/// and documents.
const STEADY: &[&str] =
    &["signup", "waiting_offer", "reception", "attendance", "provisional_credential", "document"];

/// What one entry says; who, when and for which office come from the context of the transaction, or from the
/// request named by [`Entry::asked_by`].
#[derive(Clone, Debug)]
pub struct Entry {
    /// Noun and verb, e.g. `training.submit`, `physician.look`.
    pub action: &'static str,
    /// Noun of the object.
    pub object_kind: &'static str,
    /// The object.
    pub object: Option<Uuid>,
    /// Whose personal data it is about.
    pub physician: Option<Uuid>,
    /// What changed; no personal data that the reader of the log need not see.
    pub detail: Value,
    /// The request it answers, where a transaction answers several.
    by: Option<Box<Request>>,
}

/// Who asked, and when.
#[derive(Clone, Debug)]
struct Request {
    who: Who,
    at: DateTime<Utc>,
    id: String,
}

impl Request {
    fn of(cx: &Cx) -> Self {
        Self { who: cx.who.clone(), at: cx.now, id: cx.request_id.clone() }
    }
}

impl Entry {
    /// An entry about an object.
    pub fn new(action: &'static str, object_kind: &'static str, object: impl Into<Uuid>) -> Self {
        Self {
            action,
            object_kind,
            object: Some(object.into()),
            physician: None,
            detail: json!({}),
            by: None,
        }
    }

    /// An entry about a whole list.
    pub fn of_list(action: &'static str, object_kind: &'static str) -> Self {
        Self { action, object_kind, object: None, physician: None, detail: json!({}), by: None }
    }

    /// Names the person it is about.
    #[must_use]
    pub fn about(mut self, physician: PhysicianId) -> Self {
        self.physician = Some(physician.into());
        self
    }

    /// Names the request it answers: a transaction may answer those of many people.
    #[must_use]
    pub fn asked_by(mut self, cx: &Cx) -> Self {
        self.by = Some(Box::new(Request::of(cx)));
        self
    }

    /// Whoever's name, numbers or address may be others after it.
    pub(crate) fn people(&self) -> impl Iterator<Item = Uuid> + use<> {
        let noun = self.action.split('.').next().unwrap_or_default();
        let touched = !self.action.ends_with(".look") && !STEADY.contains(&noun);
        let object = self.object.filter(|_| self.object_kind == "physician");
        self.physician.into_iter().chain(object).filter(move |_| touched)
    }

    /// Adds what changed.
    #[must_use]
    pub fn with(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }
}

/// Appends entries to the chain; the last thing a transaction does before its commit.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn append(cx: &Cx, tx: &DatabaseTransaction, entries: &[Entry]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    dialect::lock_audit_chain(tx).await?;
    let head = audit_entry::Entity::find().order_by_desc(audit_entry::Column::Sequence).one(tx).await?;
    let (mut sequence, mut hash) = head.map_or((0, String::new()), |row| (row.sequence, row.hash));
    let own = Request::of(cx);
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        sequence += 1;
        let mut row = row_of(&own, entry, sequence, hash);
        row.hash = digest(&row);
        hash = row.hash.clone();
        rows.push(audit_entry::ActiveModel::from(row).reset_all());
    }
    for chunk in rows.chunks(500) {
        audit_entry::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(())
}

fn row_of(own: &Request, entry: &Entry, sequence: i64, previous_hash: String) -> audit_entry::Model {
    let request = entry.by.as_deref().unwrap_or(own);
    audit_entry::Model {
        sequence,
        at: request.at,
        account: request.who.account.map(Into::into),
        actor_name: request.who.name.clone(),
        office: request.who.office.clone(),
        action: entry.action.to_owned(),
        object_kind: entry.object_kind.to_owned(),
        object: entry.object,
        physician: entry.physician,
        detail: entry.detail.to_string(),
        request_id: request.id.clone(),
        previous_hash,
        hash: String::new(),
    }
}

/// SHA-256 over the fields in a fixed order, each with its length, so that no two rows print alike.
/// The instant counts to the microsecond: PostgreSQL keeps no more.
fn digest(row: &audit_entry::Model) -> String {
    let text = |id: Option<Uuid>| id.map_or_else(String::new, |id| id.to_string());
    let mut hasher = Sha256::new();
    for field in [
        row.sequence.to_string(),
        row.at.timestamp_micros().to_string(),
        text(row.account),
        row.actor_name.clone(),
        row.office.clone(),
        row.action.clone(),
        row.object_kind.clone(),
        text(row.object),
        text(row.physician),
        row.detail.clone(),
        row.request_id.clone(),
        row.previous_hash.clone(),
    ] {
        hasher.update((field.len() as u64).to_be_bytes());
        hasher.update(field.as_bytes());
    }
    crate::secret::hex(&hasher.finalize())
}

/// What `mamis admin audit verify` found.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every entry is as it was written.
    Whole {
        /// How many.
        entries: u64,
    },
    /// The first entry that is not.
    Broken {
        /// Its sequence number.
        sequence: i64,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// Walks the whole chain, a page at a time.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn verify(db: &Db) -> Result<Verdict> {
    let (mut last, mut hash, mut entries) = (0, String::new(), 0);
    loop {
        let page = audit_entry::Entity::find()
            .filter(audit_entry::Column::Sequence.gt(last))
            .order_by_asc(audit_entry::Column::Sequence)
            .limit(5_000)
            .all(db.read())
            .await?;
        if page.is_empty() {
            return Ok(Verdict::Whole { entries });
        }
        for row in page {
            let broken = |reason| Ok(Verdict::Broken { sequence: row.sequence, reason });
            if row.sequence != last + 1 {
                return broken("an entry before it is gone");
            }
            if row.previous_hash != hash {
                return broken("it does not continue the entry before");
            }
            if digest(&row) != row.hash {
                return broken("it was changed");
            }
            (last, hash) = (row.sequence, row.hash);
            entries += 1;
        }
    }
}

/// Who looked at this physician's data, newest first, at most 100.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn looks_at(cx: &Cx, physician: PhysicianId) -> Result<Vec<audit_entry::Model>> {
    let physician: Uuid = physician.into();
    Ok(audit_entry::Entity::find()
        .filter(audit_entry::Column::Physician.eq(physician))
        .filter(audit_entry::Column::Action.ends_with(".look"))
        .order_by_desc(audit_entry::Column::Sequence)
        .limit(100)
        .all(cx.db())
        .await?)
}

/// How many entries there are, for the metrics page.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn count(db: &Db) -> Result<u64> {
    audit_entry::Entity::find().count(db.read()).await.map_err(Error::from)
}
