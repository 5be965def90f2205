//! Makes the attendance certificates that a host asked for, some hundred at a time: first their rows in one transaction,
//! then the file of their pages. A process that is killed in between goes on where it was: whoever has a certificate
//! that says what is true gets no second one.

use crate::audit::Entry;
use crate::cx::{Cx, Who};
use crate::db::{dialect, number};
use crate::document::actions::attendance_certificate::{
    entry, new, replace, series, signatory, still_says, wanted,
};
use crate::document::actions::attendance_run::key;
use crate::document::lists::attendance_certificate::{self as lists, Attended, Whom};
use crate::document::lists::attendance_run::problems;
use crate::document::print::told;
use crate::error::{Error, Result};
use crate::jobs::Report;
use crate::training::Standing;
use document_run::Column as R;
use mamis_documents::{AttendanceCertificate, SetTogether};
use mamis_rules::document::RunState;
use mamis_schema::{document, document_run, training};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// Certificates of one file, of one transaction and of one setting: what typst holds in memory at once.
pub const CHUNK: usize = 500;

/// One chunk of the oldest run that is not made yet. The report counts people.
///
/// # Errors
/// A fault of the database, the printer or the store; the chunk is tried again.
#[crate::boxed]
pub async fn make(cx: &Cx) -> Result<Report> {
    make_some(cx, CHUNK).await
}

/// The same with so many people in a chunk. A test makes small ones.
///
/// # Errors
/// As [`make`].
#[crate::boxed]
pub async fn make_some(cx: &Cx, chunk: usize) -> Result<Report> {
    let row = document_run::Entity::find()
        .filter(R::State.eq(RunState::Making.name()))
        .order_by_asc(R::CreatedAt)
        .order_by_asc(R::Id)
        .one(cx.db())
        .await?;
    let Some(run) = row else { return Ok(Report { done: 0, sentence: String::new() }) };
    // The record names who asked for them.
    let who = Who { account: Some(run.account.into()), name: run.by_name.clone(), office: String::new() };
    let cx = Cx { who, ..cx.clone() };
    let people: Vec<Uuid> = serde_json::from_str(&run.people)?;
    let made = usize::try_from(run.made).map_err(Error::fault)?;
    let next: Vec<Uuid> = people.into_iter().skip(made).take(chunk).collect();
    let rows = issue_all(&cx, &run, &next).await?;
    print(&cx, &run, &next, rows).await?;
    let done = u64::try_from(next.len()).map_err(Error::fault)?;
    Ok(Report { done: std::cmp::max(done, 1), sentence: format!("{done} attendance certificates") })
}

/// The certificates of these people, in their order: those that are good, and new ones for everybody else who was
/// there.
async fn issue_all(cx: &Cx, run: &document_run::Model, people: &[Uuid]) -> Result<Vec<document::Model>> {
    let mut tx = cx.begin().await?;
    dialect::lock_physicians(tx.db(), people).await?;
    let row = training::Entity::find_by_id(run.training).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let standing = Standing::of(tx.db(), row).await?;
    let signatory = signatory(tx.db(), &standing).await?;
    let there: HashMap<Uuid, Attended> = lists::attended(tx.db(), &standing, Whom::These(people))
        .await?
        .into_iter()
        .map(|person| (person.physician, person))
        .collect();
    let mut good: HashMap<Uuid, Vec<document::Model>> = HashMap::new();
    for row in lists::good(tx.db(), standing.row.id, Whom::These(people)).await? {
        good.entry(row.physician.unwrap_or_default()).or_default().push(row);
    }
    let (mut rows, mut wanting) = (Vec::new(), Vec::new());
    for person in people.iter().filter_map(|person| there.get(person)) {
        let printed = wanted(cx, &standing, &signatory, person);
        let before = good.remove(&person.physician).unwrap_or_default();
        match before.iter().position(|row| still_says(row, &printed)) {
            Some(at) => rows.push((person.physician, before[at].clone())),
            None => wanting.push((person.physician, printed, before)),
        }
    }
    if wanting.is_empty() {
        return Ok(in_order(people, rows));
    }
    let count = i64::try_from(wanting.len()).map_err(Error::fault)?;
    let first = number::next_many(tx.db(), &series(cx), count).await?;
    let mut made = Vec::new();
    for (number, (physician, printed, before)) in (first..).zip(wanting) {
        let row = new(cx, &standing, printed, (physician, number), before.first())?;
        replace(cx, &tx, &before).await?;
        tx.audit(entry(&row));
        made.push(document::ActiveModel::from(row.clone()).reset_all());
        rows.push((physician, row));
    }
    document::Entity::insert_many(made).exec_without_returning(tx.db()).await?;
    tx.commit().await?;
    Ok(in_order(people, rows))
}

fn in_order(people: &[Uuid], rows: Vec<(Uuid, document::Model)>) -> Vec<document::Model> {
    let mut by_person: HashMap<Uuid, document::Model> = rows.into_iter().collect();
    people.iter().filter_map(|person| by_person.remove(person)).collect()
}

/// The file of these certificates, and how far the run is.
async fn print(
    cx: &Cx,
    run: &document_run::Model,
    people: &[Uuid],
    rows: Vec<document::Model>,
) -> Result<()> {
    let certificates = rows.iter().map(|row| Ok(serde_json::from_str(&row.data)?)).collect::<Result<_>>()?;
    let (certificates, set) = set(cx, certificates).await?;
    let mut without = problems(run);
    if rows.len() < people.len() {
        let why = "作っている間に、出席または単位の記録がなくなりました。";
        without.push((format!("{}名", people.len() - rows.len()), why.to_owned()));
    }
    for (at, why) in set.left_out {
        without.push((certificates[at].name.clone(), why));
    }
    let file = run.files + i32::from(!set.pdf.is_empty());
    if !set.pdf.is_empty() {
        cx.app.files.put(&key(run.id, file), set.pdf).await?;
    }
    note(cx, run, people.len(), file, &without).await
}

/// Setting type takes a while, so it happens on a thread of its own.
async fn set(
    cx: &Cx,
    certificates: Vec<AttendanceCertificate>,
) -> Result<(Vec<AttendanceCertificate>, SetTogether)> {
    let app = cx.app.clone();
    tokio::task::spawn_blocking(move || {
        let set = app.printer.attendance_certificates(&certificates).map_err(told)?;
        Ok((certificates, set))
    })
    .await
    .map_err(Error::fault)?
}

/// Notes how far a run is, if nobody else has moved it: of two nodes at once one notes its step, and both have made the
/// same file.
async fn note(
    cx: &Cx,
    run: &document_run::Model,
    people: usize,
    files: i32,
    without: &[(String, String)],
) -> Result<()> {
    let made = run.made + i32::try_from(people).map_err(Error::fault)?;
    let state = if made >= run.wanted { RunState::Ready } else { RunState::Making };
    let mut tx = cx.begin().await?;
    let noted = document_run::Entity::update_many()
        .col_expr(R::State, Expr::value(state.name()))
        .col_expr(R::Made, Expr::value(made))
        .col_expr(R::Files, Expr::value(files))
        .col_expr(R::Problems, Expr::value(serde_json::to_string(without)?))
        .col_expr(R::Version, Expr::col(R::Version).add(1))
        .filter(R::Id.eq(run.id))
        .filter(R::Version.eq(run.version))
        .exec(tx.db())
        .await?;
    if noted.rows_affected == 0 {
        return Err(Error::Stale("another node has made these certificates".to_owned()));
    }
    let detail = json!({"people": people, "made": made, "wanted": run.wanted});
    tx.audit(Entry::new("document.print", "document_run", run.id).with(detail));
    tx.commit().await
}
