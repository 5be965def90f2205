//! The index of people: what it is on each database, and how it is kept.
//!
//! The words of every person stand in the table `physician_text`. SQLite finds pieces of them in a table of its own
//! (FTS5 with trigrams, which holds no copy of the text), PostgreSQL in an index (pg_trgm). Nobody writes these texts
//! but [`refresh`], which the transaction of every action calls before it commits.

use super::{Db, Pools, dialect};
use crate::error::Result;
use mamis_rules::access::Depth;
use mamis_rules::physician::text::{self, Field, Known, Text, Word};
use mamis_schema::{physician, physician_text};
use physician::Column as P;
use physician_text::Column as T;
use sea_orm::sea_query::{Expr, LikeExpr, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseBackend, EntityTrait, ExprTrait,
    FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::HashMap;
use uuid::Uuid;

/// People read or written at once.
const CHUNK: usize = 500;

/// People read at once when the whole index is made.
const PAGE: u64 = 5_000;

/// Makes the index where it is missing, and fills it where people were there before it.
///
/// # Errors
/// A fault of the database; without the right to make an extension, what gives it.
pub(super) async fn migrate(db: &Db) -> Result<()> {
    if is_made(db).await? {
        return Ok(());
    }
    dialect::make_text_index(db).await?;
    rebuild(db).await
}

/// Whether the index is there.
///
/// # Errors
/// A fault of the database.
pub(super) async fn is_made(db: &Db) -> Result<bool> {
    let found: Option<i32> = match db.pools() {
        Pools::Sqlite { read, .. } => {
            sqlx::query_scalar("select 1 from sqlite_master where name = 'physician_fts'")
                .fetch_optional(read)
                .await?
        }
        Pools::Postgres(pool) => {
            sqlx::query_scalar("select 1 from pg_class where oid = to_regclass('physician_text_trgm')")
                .fetch_optional(pool)
                .await?
        }
    };
    Ok(found.is_some())
}

/// A person as far as the text is made of it.
#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    family_name: String,
    given_name: String,
    family_kana: String,
    given_kana: String,
    former_name: Option<String>,
    email: Option<String>,
    registry_number: Option<String>,
    national_member_id: Option<String>,
}

impl Row {
    fn text(&self) -> Text {
        let empty = |text: &Option<String>| text.as_deref().unwrap_or_default().to_owned();
        text::of(&Known {
            name: [&self.family_name, &self.given_name],
            kana: [&self.family_kana, &self.given_kana],
            former_name: &empty(&self.former_name),
            email: &empty(&self.email),
            registry_number: &empty(&self.registry_number),
            national_member_id: &empty(&self.national_member_id),
        })
    }

    fn model(&self) -> physician_text::Model {
        let Text { shown, contact, identity } = self.text();
        // 62 of the random bits of the id: a whole number on either database.
        let serial = (self.id.as_u128() & ((1 << 62) - 1)) as i64;
        physician_text::Model { physician: self.id, serial, shown, contact, identity }
    }
}

fn rows() -> sea_orm::Select<physician::Entity> {
    physician::Entity::find().select_only().columns([
        P::Id,
        P::FamilyName,
        P::GivenName,
        P::FamilyKana,
        P::GivenKana,
        P::FormerName,
        P::Email,
        P::RegistryNumber,
        P::NationalMemberId,
    ])
}

/// Writes the texts of these people anew where they differ from what is known of them now.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn refresh(tx: &impl ConnectionTrait, people: &[Uuid]) -> Result<()> {
    for people in people.chunks(CHUNK) {
        let stale = differing(tx, people).await?;
        if stale.is_empty() {
            continue;
        }
        // Somebody else may be changing the same people: what they wrote is read behind them.
        let stale: Vec<Uuid> = stale.into_iter().map(|row| row.physician).collect();
        dialect::lock_physicians(tx, &stale).await?;
        write(tx, differing(tx, &stale).await?).await?;
    }
    Ok(())
}

/// What the texts of these people ought to be, where that is not what they are.
async fn differing(db: &impl ConnectionTrait, people: &[Uuid]) -> Result<Vec<physician_text::Model>> {
    let known =
        rows().filter(P::Id.is_in(people.iter().copied())).order_by_asc(P::Id).into_model::<Row>().all(db);
    let known = known.await?;
    let written =
        physician_text::Entity::find().filter(T::Physician.is_in(people.iter().copied())).all(db).await?;
    let written: HashMap<Uuid, physician_text::Model> =
        written.into_iter().map(|row| (row.physician, row)).collect();
    let differs = |row: &physician_text::Model| written.get(&row.physician) != Some(row);
    Ok(known.iter().map(Row::model).filter(differs).collect())
}

async fn write(db: &impl ConnectionTrait, texts: Vec<physician_text::Model>) -> Result<()> {
    if texts.is_empty() {
        return Ok(());
    }
    let people: Vec<Uuid> = texts.iter().map(|row| row.physician).collect();
    let texts = texts.into_iter().map(|row| physician_text::ActiveModel::from(row).reset_all());
    let newer =
        OnConflict::column(T::Physician).update_columns([T::Shown, T::Contact, T::Identity]).to_owned();
    physician_text::Entity::insert_many(texts).on_conflict(newer).exec_without_returning(db).await?;
    dialect::index_texts(db, &people).await
}

/// Makes every text anew; for a world written in bulk.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn rebuild(db: &Db) -> Result<()> {
    dialect::empty_text_index(db).await?;
    let mut last = Uuid::nil();
    loop {
        let tx = db.begin().await?;
        let page = rows().filter(P::Id.gt(last)).order_by_asc(P::Id).limit(PAGE).into_model::<Row>();
        let page = page.all(&tx).await?;
        for chunk in page.chunks(CHUNK) {
            let texts = chunk.iter().map(|row| physician_text::ActiveModel::from(row.model()).reset_all());
            physician_text::Entity::insert_many(texts).exec_without_returning(&tx).await?;
        }
        tx.commit().await?;
        match page.last() {
            Some(row) => last = row.id,
            None => break,
        }
    }
    dialect::fill_text_index(db).await
}

/// Everybody whose text is not what is known of them; for tests.
///
/// # Errors
/// A fault of the database.
#[cfg(feature = "testing")]
pub(crate) async fn stale(db: &Db) -> Result<Vec<Uuid>> {
    let people: Vec<Uuid> =
        physician::Entity::find().select_only().column(P::Id).into_tuple().all(db.read()).await?;
    let mut stale = Vec::new();
    for people in people.chunks(CHUNK) {
        stale.extend(differing(db.read(), people).await?.into_iter().map(|row| row.physician));
    }
    Ok(stale)
}

/// The ids of everybody in whose texts, as deep as the reader sees, all words are found.
pub(crate) fn matching(backend: DatabaseBackend, words: &[Word], depth: Depth) -> SelectStatement {
    let mut found = Query::select();
    found.column((physician_text::Entity, T::Physician)).from(physician_text::Entity);
    match backend {
        DatabaseBackend::Sqlite => {
            let rows = Query::select()
                .column("rowid")
                .from("physician_fts")
                .and_where(Expr::cust_with_values("physician_fts match ?", [fts_question(words, depth)]))
                .to_owned();
            found.and_where(Expr::col((physician_text::Entity, T::Serial)).in_subquery(rows));
        }
        _ => {
            found.cond_where(words.iter().fold(Condition::all(), |all, word| all.add(liked(word, depth))));
        }
    }
    found
}

const fn column(field: Field) -> T {
    match field {
        Field::Shown => T::Shown,
        Field::Contact => T::Contact,
        Field::Identity => T::Identity,
    }
}

/// The words as a question of FTS5: `{shown contact} : (("佐藤" OR "サトウ") AND ("恵子"))`.
fn fts_question(words: &[Word], depth: Depth) -> String {
    let fields: Vec<&str> = text::readable(depth)
        .iter()
        .map(|field| match field {
            Field::Shown => "shown",
            Field::Contact => "contact",
            Field::Identity => "identity",
        })
        .collect();
    let quoted = |way: &String| format!("\"{}\"", way.replace('"', "\"\""));
    let word = |word: &Word| format!("({})", word.ways().iter().map(quoted).collect::<Vec<_>>().join(" OR "));
    let all = words.iter().map(word).collect::<Vec<_>>().join(" AND ");
    format!("{{{}}} : ({all})", fields.join(" "))
}

/// The same of a word for PostgreSQL.
fn liked(word: &Word, depth: Depth) -> Condition {
    let mut any = Condition::any();
    for field in text::readable(depth) {
        for way in word.ways() {
            let escaped = way.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            let pattern = LikeExpr::new(format!("%{escaped}%")).escape('\\');
            any = any.add(Expr::col((physician_text::Entity, column(*field))).like(pattern));
        }
    }
    any
}
