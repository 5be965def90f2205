//! What meetings decide and what goes up: one item after the other, each in its own transaction, so that a
//! bad one blocks no other and a run that was cut off is finished by running it again.

pub(crate) mod items;

use self::items::set_result;
use super::packet::{Cover, packet, shown};
use super::{Body, ItemResult, State, lists};
use crate::application::advance::{self, Step};
use crate::audit::Entry;
use crate::certification::lists::{COVER_LETTER, setting_is_on};
use crate::cx::{Cx, Tx};
use crate::db::scope;
use crate::error::{Error, Problem, Result};
use mamis_documents::BoardPacket;
use mamis_rules::access;
use mamis_rules::association::Tier;
use mamis_rules::base::{ApplicationId, AssociationId, BatchId, Day};
use mamis_rules::certification::meeting::{self, Case};
use mamis_rules::flow::Who;
use mamis_rules::flow::certification::{Command, State as Stage};
use mamis_schema::{application, association, batch, batch_item};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use serde_json::json;
use uuid::Uuid;

/// The meeting that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// The version of the batch that the page showed.
    pub seen: i64,
    /// Its day.
    pub held_on: Day,
    /// The number of its minutes.
    pub minutes_number: String,
}

/// What a meeting decided about one application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Which one.
    pub application: ApplicationId,
    /// Approved or not this time.
    pub choice: Choice,
    /// Why, where it was put off.
    pub comment: String,
}

/// A meeting's two answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Approved.
    Approve,
    /// Not this time: back to the examination.
    Defer,
}

/// What became of one item of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Which application.
    pub application: ApplicationId,
    /// Its result now.
    pub result: ItemResult,
    /// Why, where it did not go through.
    pub message: String,
}

/// A batch, its association's tier, and the facts for the rules.
struct Held {
    row: batch::Model,
    tier: Tier,
    facts: access::batch::Facts,
}

/// A batch that the actor sees.
async fn load(cx: &Cx, db: &impl ConnectionTrait, id: BatchId) -> Result<Held> {
    let row = batch::Entity::find_by_id(Uuid::from(id))
        .filter(scope::batches(&access::batch::visible_to(&cx.actor)))
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    let at = association::Entity::find_by_id(row.association).one(db).await?.ok_or(Error::NotFound)?;
    let facts = access::batch::Facts {
        kind: row.kind.parse().map_err(Error::fault)?,
        held_by: row.association.into(),
        submitted_to: row.submitted_to.map(Into::into),
    };
    Ok(Held { tier: at.tier.parse().map_err(Error::fault)?, row, facts })
}

/// Records what the meeting of this batch decided. The first time it closes the batch for further
/// applications; run again, it decides those still open.
///
/// # Errors
/// [`Error::Invalid`] for a meeting without number or on a day before its applications had come, and for what is put
/// off without a reason, [`Error::Refused`], [`Error::Stale`]; what becomes of
/// a single application is an [`Outcome`], not an error.
#[crate::boxed]
pub async fn record_meeting(
    cx: &Cx,
    id: BatchId,
    body: Body,
    meeting: &Meeting,
    verdicts: &[Verdict],
) -> Result<Vec<Outcome>> {
    let batch = close(cx, id, body, meeting, verdicts).await?;
    let mut outcomes = Vec::new();
    for verdict in verdicts {
        let outcome = decide(cx, &batch, body, meeting, verdict).await;
        outcomes.push(settle(cx, id, verdict.application, outcome).await?);
    }
    Ok(outcomes)
}

fn check(today: Day, cases: &[Case], meeting: &Meeting, verdicts: &[Verdict]) -> Result<()> {
    let mut problems = Vec::new();
    if let Err(sentence) = meeting::check_day(meeting.held_on, today, cases) {
        problems.push(Problem::at("held_on", &sentence));
    }
    if meeting.minutes_number.is_empty() {
        problems.push(Problem::at("minutes_number", "議事録番号を入力してください。"));
    }
    if verdicts.is_empty() {
        problems.push(Problem::at("", "結果を記録する申請を1件以上選んでください。"));
    }
    problems.extend(unexplained(verdicts));
    Problem::none_of(problems)
}

/// Whoever examines it again must know why the meeting put it off: one problem, at `comment.<id>`, for each application
/// that is put off without a reason.
pub fn unexplained(verdicts: &[Verdict]) -> Vec<Problem> {
    let silent = |verdict: &&Verdict| verdict.choice == Choice::Defer && verdict.comment.trim().is_empty();
    let at = |verdict: &Verdict| format!("comment.{}", verdict.application);
    let problem = |verdict: &Verdict| Problem::at(&at(verdict), "見送りの理由を入力してください。");
    verdicts.iter().filter(silent).map(problem).collect()
}

/// Notes the meeting; from now on examined applications go into the next batch.
async fn close(cx: &Cx, id: BatchId, body: Body, meeting: &Meeting, verdicts: &[Verdict]) -> Result<Held> {
    let mut tx = cx.begin().await?;
    let batch = load(cx, tx.db(), id).await?;
    access::batch::may_record_board(&cx.actor, &batch.facts)?;
    if batch.row.body != body.name() {
        return Err(Error::refused(format!("この一括は{}のものではありません。", body.label())));
    }
    check(cx.today(), &items::cases(&tx, &batch.row, body, verdicts).await?, meeting, verdicts)?;
    if batch.row.version != meeting.seen {
        return Err(faster(&batch.row, body));
    }
    if batch.row.state == State::Submitted.name() {
        return Err(Error::refused("この一括は、すべて処理が終わっています。"));
    }
    let changed = batch::Entity::update_many()
        .col_expr(batch::Column::State, Expr::value(State::Decided.name()))
        .col_expr(batch::Column::HeldOn, Expr::value(meeting.held_on.date()))
        .col_expr(batch::Column::MinutesNumber, Expr::value(meeting.minutes_number.as_str()))
        .col_expr(batch::Column::Version, Expr::value(batch.row.version + 1))
        .filter(batch::Column::Id.eq(batch.row.id))
        .filter(batch::Column::Version.eq(batch.row.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(faster(&batch.row, body));
    }
    tx.audit(Entry::new("batch.record_meeting", "batch", batch.row.id).with(json!({
        "number": batch.row.number, "body": body.name(),
        "held_on": meeting.held_on.to_string(), "minutes_number": meeting.minutes_number,
    })));
    tx.commit().await?;
    Ok(batch)
}

/// What somebody else recorded meanwhile: nothing of it is written over unseen.
fn faster(row: &batch::Model, body: Body) -> Error {
    let recorded = row.held_on.map(|day| {
        let minutes = row.minutes_number.as_deref().unwrap_or_default();
        format!(
            "{}の結果（{}、議事録番号 {minutes}）が記録されています。",
            body.label(),
            Day::from(day).japanese()
        )
    });
    Error::Stale(format!(
        "この一括申請は、ほかの画面で先に変更されています。{}いまの内容を確認して、必要なときはもう一度記録してください。",
        recorded.unwrap_or_default()
    ))
}

/// The verdict on one application, in its own transaction.
async fn decide(
    cx: &Cx,
    batch: &Held,
    body: Body,
    meeting: &Meeting,
    verdict: &Verdict,
) -> Result<ItemResult> {
    let id = BatchId::from(batch.row.id);
    let mut tx = cx.begin().await?;
    let done = item(&tx, id, verdict.application).await?;
    if !matches!(done, ItemResult::Waiting | ItemResult::Failed) {
        return Ok(done);
    }
    let command = match (verdict.choice, body) {
        (Choice::Defer, _) => Command::Defer,
        (Choice::Approve, Body::Committee) => Command::RecordCommittee,
        (Choice::Approve, Body::Board) => Command::RecordBoard,
    };
    let after = step(cx, &mut tx, batch, verdict.application, command, &verdict.comment).await?;
    let result = match verdict.choice {
        Choice::Defer => ItemResult::Deferred,
        Choice::Approve => ItemResult::Approved,
    };
    set_result(&tx, batch.row.id, after.id, result, &verdict.comment).await?;
    items::note_meeting(&tx, batch.row.id, after.id, meeting).await?;
    if command == Command::RecordCommittee {
        items::put(cx, &tx, batch.row.association.into(), Body::Board, &after).await?;
    }
    tx.commit().await?;
    Ok(result)
}

/// Sends a decided batch up; at the national tier: approves it. Run again, it takes what is left.
///
/// # Errors
/// As [`record_meeting`].
#[crate::boxed]
pub async fn submit(cx: &Cx, id: BatchId) -> Result<Vec<Outcome>> {
    let batch = load(cx, cx.db(), id).await?;
    access::batch::may_submit(&cx.actor, &batch.facts)?;
    if batch.row.body == Body::Committee.name() || batch.row.state == State::Collecting.name() {
        return Err(Error::refused("先に理事会の結果を記録してください。"));
    }
    let open = batch_item::Entity::find()
        .filter(batch_item::Column::Batch.eq(batch.row.id))
        .filter(
            batch_item::Column::Result
                .is_in([ItemResult::Approved, ItemResult::Failed].map(ItemResult::name)),
        )
        .order_by_asc(batch_item::Column::Position)
        .all(cx.db())
        .await?;
    let mut outcomes = Vec::new();
    for row in open {
        let application = row.application.into();
        let outcome = send(cx, &batch, application).await;
        outcomes.push(settle(cx, id, application, outcome).await?);
    }
    finish(cx, &batch).await?;
    Ok(outcomes)
}

/// Sends one application up, in its own transaction; one that has gone already stays as it is.
async fn send(cx: &Cx, batch: &Held, application: ApplicationId) -> Result<ItemResult> {
    let mut tx = cx.begin().await?;
    let done = item(&tx, batch.row.id.into(), application).await?;
    if !matches!(done, ItemResult::Approved | ItemResult::Failed) {
        return Ok(done);
    }
    let command = if batch.tier == Tier::National { Command::ApproveBatch } else { Command::SubmitBatch };
    step(cx, &mut tx, batch, application, command, "").await?;
    tx.commit().await?;
    Ok(ItemResult::Submitted)
}

async fn step(
    cx: &Cx,
    tx: &mut Tx<'_>,
    batch: &Held,
    application: ApplicationId,
    command: Command,
    comment: &str,
) -> Result<application::Model> {
    let row = application::Entity::find_by_id(Uuid::from(application))
        .one(tx.db())
        .await?
        .ok_or(Error::NotFound)?;
    if row.desk != Some(batch.row.association) {
        let state: Stage = row.state.parse().map_err(Error::fault)?;
        return Err(Error::refused(format!("この申請はいま「{}」です。", state.label())));
    }
    let step = Step {
        command: command.name(),
        who: Who::Office(batch.tier),
        association: Some(batch.row.association.into()),
        comment,
        batch: Some(batch.row.id.into()),
    };
    advance::advance(cx, tx, row, step).await
}

async fn item(tx: &Tx<'_>, batch: BatchId, application: ApplicationId) -> Result<ItemResult> {
    let row = batch_item::Entity::find_by_id((Uuid::from(batch), Uuid::from(application)))
        .one(tx.db())
        .await?
        .ok_or(Error::NotFound)?;
    row.result.parse().map_err(Error::fault)
}

/// Turns what happened to one item into its row of the report. A refusal is written to the item; a fault of
/// ours as well, with a sentence that helps, and the cause goes to the log.
async fn settle(
    cx: &Cx,
    batch: BatchId,
    application: ApplicationId,
    outcome: Result<ItemResult>,
) -> Result<Outcome> {
    let message = match outcome {
        Ok(result) => return Ok(Outcome { application, result, message: String::new() }),
        Err(Error::Fault(cause) | Error::Unavailable(cause)) => {
            tracing::error!(request_id = %cx.request_id, %batch, %application, cause, "batch item");
            "システムの中で問題が起きました。もう一度実行してください。".to_owned()
        }
        Err(error) => error.to_string(),
    };
    let mut tx = cx.begin().await?;
    let failed = batch_item::Entity::update_many()
        .col_expr(batch_item::Column::Message, Expr::value(message.as_str()))
        .filter(batch_item::Column::Batch.eq(Uuid::from(batch)))
        .filter(batch_item::Column::Application.eq(Uuid::from(application)))
        // Somebody who was faster may have brought it through: that stays.
        .filter(batch_item::Column::Result.is_in(ItemResult::OPEN.map(ItemResult::name)))
        .exec(tx.db())
        .await?;
    if failed.rows_affected == 0 {
        let result = item(&tx, batch, application).await?;
        return Ok(Outcome { application, result, message });
    }
    let entry = Entry::new("batch.note_failure", "batch", batch);
    tx.audit(entry.with(json!({"application": application.to_string(), "message": message})));
    tx.commit().await?;
    Ok(Outcome { application, result: ItemResult::Failed, message })
}

/// Makes the packet of a batch and notes that it was made, for each physician in it: credits and the examiner's
/// remarks are theirs.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for those who only see the batch.
#[crate::boxed]
pub async fn make_packet(cx: &Cx, id: BatchId) -> Result<BoardPacket> {
    let page = lists::find(cx, id).await?;
    let mut tx = cx.begin().await?;
    let batch = load(cx, tx.db(), id).await?;
    access::batch::may_packet(&cx.actor, &batch.facts)?;
    let sums = lists::sums(tx.db(), id).await?;
    let office = batch.row.association.into();
    let cover =
        if setting_is_on(cx, tx.db(), office, COVER_LETTER).await? { Cover::With } else { Cover::Without };
    let above = match page.association.parent {
        Some(parent) => association::Entity::find_by_id(parent).one(tx.db()).await?,
        None => None,
    };
    let to = above.map_or_else(|| page.association.name.clone(), |row| row.name);
    tx.audit(Entry::new("batch.packet", "batch", batch.row.id).with(json!({"number": batch.row.number})));
    for item in shown(&page) {
        tx.audit(Entry::new("batch.look", "batch", batch.row.id).about(item.physician.into()));
    }
    tx.commit().await?;
    Ok(packet(cx, &page, &sums, cover, &to))
}

/// Marks the batch as gone up when nothing of it is open any more.
async fn finish(cx: &Cx, batch: &Held) -> Result<()> {
    let mut tx = cx.begin().await?;
    let open = batch_item::Entity::find()
        .filter(batch_item::Column::Batch.eq(batch.row.id))
        .filter(batch_item::Column::Result.is_in(ItemResult::OPEN.map(ItemResult::name)))
        .count(tx.db())
        .await?;
    let state = if open == 0 { State::Submitted } else { State::Decided };
    let above: Option<AssociationId> = association::Entity::find_by_id(batch.row.association)
        .one(tx.db())
        .await?
        .and_then(|row| row.parent)
        .map(Into::into);
    batch::Entity::update_many()
        .col_expr(batch::Column::State, Expr::value(state.name()))
        .col_expr(batch::Column::SubmittedTo, Expr::value(above.map(Uuid::from)))
        .col_expr(batch::Column::SubmittedAt, Expr::value(batch.row.submitted_at.or(Some(cx.now))))
        .col_expr(batch::Column::Version, Expr::col(batch::Column::Version).add(1))
        .filter(batch::Column::Id.eq(batch.row.id))
        .exec(tx.db())
        .await?;
    tx.audit(
        Entry::new("batch.submit", "batch", batch.row.id)
            .with(json!({"number": batch.row.number, "open": open})),
    );
    tx.commit().await
}
