//! Everything that is kept about the physician who asks, table by table, for the own computer.
//!
//! A test reads the schema and holds it against [`TABLES`]: a table that names a physician cannot be forgotten.

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::mail::BY_MAIL_ONLY;
use futures::FutureExt;
use futures::future::BoxFuture;
use mamis_schema::{
    account, application, application_step, attachment, attendance, audit_entry, calendar_feed,
    certification, consent, credit, credit_event, decision, document, membership, membership_application,
    outbox, paper_credit, passkey, physician, physician_change, physician_link, provisional_credential,
    reception_event, registration, session, signup, terms_consent, unsubscription, waiting_offer, workplace,
};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, IdenStatic, Iterable, ModelTrait, QueryFilter, QuerySelect,
    Value as Cell,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Rows of a table at most: more than anybody gathers in a working life. The file says where it ends early.
const MOST: u64 = 20_000;

/// Columns that are left out: secrets, places in our store, and what only proves the log to itself.
const LEFT_OUT: &[&str] = &[
    "password_hash",
    "token_hash",
    "secret_hash",
    "licence_key",
    "file_key",
    "name_key",
    "kana_key",
    "hash",
    "previous_hash",
    "request_id",
    "message_id",
    "lease_until",
];

/// Tables that name a physician and are not in the file, each with the reason.
pub const WITHHELD: &[(&str, &str)] = &[
    (
        "bulk_change_row",
        "a line of an office's file, as it came; what it did is an application, which is here",
    ),
    ("physician_text", "folded copies of name, reading, address and numbers, for the search"),
    ("duplicate", "names a record that may be another person's; how it was judged stands in the log"),
    ("physician_merge", "holds another record as it was; that it was merged stands in the log"),
];

/// A table of the file.
pub struct Table {
    /// Its name in the database.
    pub name: &'static str,
    /// What it holds, for people.
    pub title: &'static str,
    read: fn(&Cx, Uuid) -> BoxFuture<'_, Result<Vec<Value>>>,
}

macro_rules! tables {
    ($($entity:ident, $column:ident $(of $owned:expr)?, $title:literal;)+) => {
        /// Table: what the file holds.
        pub const TABLES: &[Table] = &[$(Table {
            name: stringify!($entity),
            title: $title,
            read: |cx, person| async move {
                let belongs = tables!(@whose $entity, $column, person $(, $owned)?);
                rows::<$entity::Entity>(cx, belongs).await
            }.boxed(),
        }),+];
    };
    (@whose $entity:ident, $column:ident, $person:ident) => { $entity::Column::$column.eq($person) };
    (@whose $entity:ident, $column:ident, $person:ident, $owned:expr) => {
        $entity::Column::$column.in_subquery($owned($person))
    };
}

tables! {
    physician, Id, "登録情報";
    workplace, Physician, "勤務先";
    membership, Physician, "会員である期間";
    physician_link, Physician, "医師会とのつながり";
    physician_change, Physician, "登録情報の変更の履歴";
    consent, Physician, "共同利用への同意";
    account, Physician, "利用者";
    terms_consent, Account of accounts, "利用規約への同意";
    session, Account of accounts, "ログイン中の端末";
    passkey, Account of accounts, "パスキー";
    registration, Physician, "利用者登録";
    provisional_credential, Physician, "仮ログインIDの発行";
    application, Physician, "申請";
    membership_application, Application of applications, "会員の手続きの内容";
    application_step, Application of applications, "申請の経路";
    decision, Application of applications, "申請についての決定";
    attachment, Physician, "添付書類";
    signup, Physician, "研修会の申込み";
    waiting_offer, Signup of signups, "空席の案内";
    calendar_feed, Physician, "予定表の購読";
    reception_event, Physician, "研修会の入退室";
    attendance, Physician, "研修会の出席";
    credit, Physician, "単位";
    credit_event, Credit of credits, "単位の記録";
    paper_credit, Physician, "紙の単位";
    certification, Physician, "認定";
    document, Physician, "発行した文書";
    outbox, Physician, "お送りした案内";
    unsubscription, Physician, "お知らせの配信停止";
    audit_entry, Physician, "操作と閲覧の記録";
}

fn owned<C: ColumnTrait>(
    id: C,
    physician: C,
    person: Uuid,
    from: impl sea_orm::sea_query::IntoTableRef,
) -> SelectStatement {
    Query::select().column(id).from(from).and_where(physician.eq(person)).to_owned()
}

fn accounts(person: Uuid) -> SelectStatement {
    owned(account::Column::Id, account::Column::Physician, person, account::Entity)
}

fn applications(person: Uuid) -> SelectStatement {
    owned(application::Column::Id, application::Column::Physician, person, application::Entity)
}

fn signups(person: Uuid) -> SelectStatement {
    owned(signup::Column::Id, signup::Column::Physician, person, signup::Entity)
}

fn credits(person: Uuid) -> SelectStatement {
    owned(credit::Column::Id, credit::Column::Physician, person, credit::Entity)
}

/// Everything, as JSON: each table by its name, with a title and its rows.
///
/// # Errors
/// [`Error::NotFound`] for anybody but a physician; a fault of the database.
#[crate::boxed]
pub async fn everything(cx: &Cx) -> Result<Value> {
    let person = Uuid::from(cx.actor.physician().ok_or(Error::NotFound)?);
    let mut tables = Map::new();
    for table in TABLES {
        let rows = (table.read)(cx, person).await?;
        let whole = u64::try_from(rows.len()).is_ok_and(|count| count < MOST);
        tables.insert(table.name.to_owned(), json!({"title": table.title, "complete": whole, "rows": rows}));
    }
    Ok(json!({
        "title": "MAMIS に登録されているあなたの情報",
        "made_at": cx.now,
        "left_out": LEFT_OUT,
        "tables": tables,
    }))
}

async fn rows<E>(cx: &Cx, belongs: impl sea_orm::sea_query::IntoCondition) -> Result<Vec<Value>>
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E> + FromQueryResult + Send + Sync,
{
    let found = E::find().filter(belongs.into_condition()).limit(MOST).all(cx.db()).await?;
    let mut rows: Vec<Value> = found.iter().map(row).collect::<Result<_>>()?;
    // In the order in which they were written: ids and sequence numbers grow.
    rows.sort_by_cached_key(|row| (row["sequence"].as_i64(), row["id"].as_str().map(str::to_owned)));
    Ok(rows)
}

fn row<M>(model: &M) -> Result<Value>
where
    M: ModelTrait,
{
    let mut cells = Map::new();
    for column in <M::Entity as EntityTrait>::Column::iter() {
        let name = IdenStatic::as_str(&column);
        if !LEFT_OUT.contains(&name) {
            cells.insert(name.to_owned(), cell(model.get(column))?);
        }
    }
    let is_link = |kind: &Value| kind.as_str().is_some_and(|kind| BY_MAIL_ONLY.contains(&kind));
    // A link in a letter can still open something: it stays in the letter.
    if cells.contains_key("body") && cells.get("kind").is_some_and(is_link) {
        cells.insert("body".to_owned(), Value::Null);
    }
    Ok(Value::Object(cells))
}

/// A value of a column; instants and days in ISO 8601.
fn cell(value: Cell) -> Result<Value> {
    Ok(match value {
        Cell::Bool(it) => json!(it),
        Cell::Int(it) => json!(it),
        Cell::BigInt(it) => json!(it),
        Cell::String(it) => json!(it),
        Cell::ChronoDate(it) => json!(it),
        Cell::ChronoDateTimeUtc(it) => json!(it),
        Cell::Uuid(it) => json!(it),
        Cell::Json(it) => json!(it),
        other => return Err(Error::fault(format!("a column of an unknown type: {other:?}"))),
    })
}
