//! Attendance certificates of everybody at a training, asked for by its host. A job makes them.

use crate::audit::Entry;
use crate::cx::Cx;
use crate::document::lists::attendance_certificate::{Whom, attended, not_yet};
use crate::document::lists::attendance_run as lists;
use crate::error::{Error, Result};
use crate::training::standing;
use bytes::Bytes;
use document_run::Column as R;
use mamis_rules::access;
use mamis_rules::base::{DocumentRunId, TrainingId};
use mamis_rules::document::RunState;
use mamis_schema::document_run;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect};
use serde_json::json;
use uuid::Uuid;

/// How long the files stay: they hold the names of everybody who was there, and can be made again.
pub const KEPT_DAYS: i64 = 7;

/// Asks for the certificates of everybody who was there. Whoever has one that still says what is true keeps it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] for anybody but the host, before there are certificates, for a training that
/// nobody attended, and while another run is under way.
#[crate::boxed]
pub async fn begin(cx: &Cx, id: TrainingId) -> Result<DocumentRunId> {
    let mut tx = cx.begin().await?;
    let standing = standing::load(cx, tx.db(), id).await?;
    access::attendance::may_download_certificate(&cx.actor, &standing.attendance_facts())?;
    if let Some(why) = not_yet(&standing, cx.now) {
        return Err(Error::refused(why));
    }
    if lists::of_training(tx.db(), standing.row.id).await?.iter().any(lists::is_running) {
        return Err(Error::refused("受講証明書は、いま作っています。終わるまでお待ちください。"));
    }
    let people: Vec<Uuid> = attended(tx.db(), &standing, Whom::Everybody)
        .await?
        .into_iter()
        .map(|person| person.physician)
        .collect();
    if people.is_empty() {
        return Err(Error::refused("出席した人がいないため、受講証明書はありません。"));
    }
    let row = document_run::Model {
        id: Uuid::now_v7(),
        training: standing.row.id,
        state: RunState::Making.name().to_owned(),
        wanted: i32::try_from(people.len()).map_err(Error::fault)?,
        people: serde_json::to_string(&people)?,
        made: 0,
        files: 0,
        problems: "[]".to_owned(),
        by_name: cx.who.name.clone(),
        account: cx.who.account.ok_or(Error::NotFound)?.into(),
        created_at: cx.now,
        version: 1,
    };
    let run = row.id;
    tx.audit(Entry::new("document.begin", "document_run", run).with(json!({
        "training": standing.row.number, "people": people.len(),
    })));
    document_run::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    tx.commit().await?;
    Ok(run.into())
}

/// A file of a run. It names everybody who was there, so each opening is noted.
///
/// # Errors
/// [`Error::NotFound`] for anybody but the host; [`Error::Refused`] once it was deleted.
#[crate::boxed]
pub async fn open_file(cx: &Cx, id: DocumentRunId, file: i32) -> Result<(String, Bytes)> {
    let row = document_run::Entity::find_by_id(Uuid::from(id)).one(cx.db()).await?.ok_or(Error::NotFound)?;
    let standing = standing::load(cx, cx.db(), row.training.into()).await?;
    // Only the host knows that there is one.
    let is_host =
        access::attendance::may_download_certificate(&cx.actor, &standing.attendance_facts()).is_ok();
    if !is_host || !(1..=row.files).contains(&file) {
        return Err(Error::NotFound);
    }
    if row.state == RunState::Forgotten.name() {
        return Err(Error::refused(
            "作ってから1週間たったため、このファイルは消しました。もう一度作ってください。",
        ));
    }
    let bytes = cx.app.files.get(&key(row.id, file)).await?;
    let mut tx = cx.begin().await?;
    let detail = json!({"training": standing.row.number, "file": file});
    tx.audit(Entry::new("document.export", "document_run", row.id).with(detail));
    tx.commit().await?;
    Ok((format!("{}-{file}.pdf", standing.row.number), bytes))
}

/// Where the store keeps a file of a run.
pub(crate) fn key(run: Uuid, file: i32) -> String {
    format!("document_run/{run}-{file}")
}

/// Deletes the files of runs that are older than a week.
///
/// # Errors
/// A fault of the database or of the store.
pub(crate) async fn forget(cx: &Cx) -> Result<u64> {
    let old =
        R::State.eq(RunState::Ready.name()).and(R::CreatedAt.lt(cx.now - chrono::Duration::days(KEPT_DAYS)));
    let rows = document_run::Entity::find().filter(old).limit(1_000).all(cx.db()).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let mut files = 0;
    for row in &rows {
        for file in 1..=row.files {
            cx.app.files.remove(&key(row.id, file)).await?;
            files += 1;
        }
    }
    let mut tx = cx.begin().await?;
    document_run::Entity::update_many()
        .col_expr(R::State, Expr::value(RunState::Forgotten.name()))
        .filter(R::Id.is_in(rows.iter().map(|row| row.id)))
        .exec(tx.db())
        .await?;
    tx.audit(Entry::of_list("document_run.forget", "document_run").with(json!({"files": files})));
    tx.commit().await?;
    Ok(files)
}
