//! Publishing terms of use, and accepting them.

use super::lists;
use crate::account::TERMS_VERSION;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::dialect;
use crate::error::{Error, Problem, Result};
use crate::mail::{self, Letter, Recipient};
use mamis_rules::access;
use mamis_rules::base::Day;
use mamis_schema::{account, terms, terms_consent};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Letters of a text at most: some twenty printed pages.
const LONGEST: usize = 20_000;
/// Letters written in one transaction: some tenths of a second, in which nobody else writes on SQLite.
const PORTION: u64 = 500;

/// A version to publish.
#[derive(Clone, Debug)]
pub struct NewTerms {
    /// E.g. 2027-04.
    pub version: String,
    /// Plain text.
    pub body: String,
    /// What is new.
    pub changes: String,
    /// From which day on everybody is asked.
    pub valid_from: Option<Day>,
}

/// Publishes a version. Whoever a mail reaches is told at once ([`super::jobs::tell`]); from its day on everybody who
/// logs in reads what is new and is asked to accept it. What was published is never changed: a mistake is mended by
/// another version.
///
/// # Errors
/// [`Error::Refused`] for anybody but the national administration, [`Error::Invalid`] for what must be mended.
#[crate::boxed]
pub async fn publish(cx: &Cx, new: &NewTerms) -> Result<()> {
    access::terms::may_publish(&cx.actor)?;
    let valid_from = check(cx, new)?;
    let mut tx = cx.begin().await?;
    let row = terms::Model {
        id: Uuid::now_v7(),
        version: new.version.trim().to_owned(),
        body: new.body.replace("\r\n", "\n").trim().to_owned(),
        changes: new.changes.trim().to_owned(),
        valid_from: valid_from.date(),
        by_name: cx.who.name.clone(),
        created_at: cx.now,
        told_to: None,
        told_at: None,
    };
    let detail = json!({"version": row.version, "valid_from": valid_from});
    tx.audit(Entry::new("terms.publish", "terms", row.id).with(detail));
    terms::ActiveModel::from(row)
        .reset_all()
        .insert(tx.db())
        .await
        .map_err(|error| if dialect::is_unique_violation(&error) { taken() } else { error.into() })?;
    tx.commit().await
}

/// Writes the letters to the next portion of accounts, and notes how far it came, in one transaction: of two nodes one
/// writes them, and none is written twice. Answers how many; none when all have been told, or another node was faster.
///
/// # Errors
/// A fault of the database.
pub(super) async fn tell_portion(cx: &Cx, row: &terms::Model) -> Result<u64> {
    let readers = lists::readers(cx.db(), row.told_to, PORTION).await?;
    let mut tx = cx.begin().await?;
    if !reach(cx, &tx, row, readers.last().map(|reader| reader.account)).await? {
        return Ok(0);
    }
    let from = Day::from(row.valid_from).japanese();
    let link = format!("{}/terms?version={}", cx.app.settings.public_url, row.version);
    let letter = |reader: &lists::Reader| {
        let to = Recipient::of(reader.physician, reader.officer)?;
        let data = json!({"name": reader.name, "version": row.version, "from": from, "changes": row.changes, "link": link});
        Some(Letter::new("terms_published", to, &data))
    };
    let letters = readers.iter().filter_map(letter).collect::<Result<Vec<_>>>()?;
    let told = mail::queue_all_by_mail(cx, &mut tx, letters).await?;
    let done = readers.is_empty();
    tx.audit(Entry::new("terms.tell", "terms", row.id).with(json!({"letters": told, "done": done})));
    tx.commit().await?;
    // Even where no mailbox is left in a portion, the next one follows at once.
    Ok(if done { told } else { told.max(1) })
}

/// Moves the place that was reached, when it is where it was read; behind the last account everybody has been told.
async fn reach(cx: &Cx, tx: &Tx<'_>, row: &terms::Model, last: Option<Uuid>) -> Result<bool> {
    use terms::Column as T;
    let here = match row.told_to {
        Some(account) => T::ToldTo.eq(account),
        None => T::ToldTo.is_null(),
    };
    let update = terms::Entity::update_many();
    let update = match last {
        Some(account) => update.col_expr(T::ToldTo, Expr::value(account)),
        None => update.col_expr(T::ToldAt, Expr::value(cx.now)),
    };
    let moved =
        update.filter(T::Id.eq(row.id)).filter(T::ToldAt.is_null()).filter(here).exec(tx.db()).await?;
    Ok(moved.rows_affected == 1)
}

fn taken() -> Error {
    Error::invalid("version", "この版の名前は使われています。別の名前を入力してください。")
}

fn check(cx: &Cx, new: &NewTerms) -> Result<Day> {
    let mut problems = Vec::new();
    let mut need = |is_right: bool, field: &str, text: &str| {
        if !is_right {
            problems.push(Problem::at(field, text));
        }
    };
    let version = new.version.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    need(
        !version.is_empty() && version.len() <= 20 && version.chars().all(fits),
        "version",
        "版の名前を、半角の英数字と - で20文字以内で入力してください。例：2027-04",
    );
    need(!new.body.trim().is_empty(), "body", "利用規約の全文を入力してください。");
    need(new.body.chars().count() <= LONGEST, "body", "利用規約が長すぎます。20,000文字以内にしてください。");
    need(
        !new.changes.trim().is_empty(),
        "changes",
        "変わったところを、利用者が読んでわかるように入力してください。",
    );
    need(
        new.valid_from.is_some_and(|day| day > cx.today() && day <= cx.today().plus_years(1)),
        "valid_from",
        "使い始める日は、明日から1年後までの日を入力してください。",
    );
    match (new.valid_from, problems.is_empty()) {
        (_, true) if version == TERMS_VERSION => Err(taken()),
        (Some(day), true) => Ok(day),
        _ => Err(Error::Invalid(problems)),
    }
}

/// Records that an account accepts the version in force; a second time changes nothing. Answers whether it is new.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn accept(cx: &Cx, tx: &mut Tx<'_>, account: Uuid) -> Result<bool> {
    let version = lists::in_force(tx.db(), cx.today()).await?.version;
    let known = terms_consent::Entity::find()
        .filter(terms_consent::Column::Account.eq(account))
        .filter(terms_consent::Column::TermsVersion.eq(&version))
        .count(tx.db())
        .await?;
    if known > 0 {
        return Ok(false);
    }
    let id = Uuid::now_v7();
    tx.audit(Entry::new("account.agree", "terms_consent", id).with(json!({"version": version})));
    let row = terms_consent::Model { id, account, terms_version: version, agreed_at: cx.now };
    terms_consent::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    account::Entity::update_many()
        .col_expr(account::Column::FirstUsedAt, Expr::value(cx.now))
        .filter(account::Column::Id.eq(account))
        .filter(account::Column::FirstUsedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(true)
}
