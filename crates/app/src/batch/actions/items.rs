//! The applications of a batch: put in, taken out and closed by the steps of the applications.

use crate::application::advance::{Moved, command_label};
use crate::cx::{Cx, Tx};
use crate::db::number;
use crate::error::{Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use mamis_rules::access::application::Kind;
use mamis_rules::association::Tier;
use mamis_rules::base::{AssociationId, Day, FiscalYear};
use mamis_rules::certification::meeting::Case;
use mamis_rules::flow::Who;
use mamis_rules::flow::certification::Command;
use mamis_schema::{application, association, batch, batch_item};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    Set,
};
use uuid::Uuid;

use super::{Meeting, Verdict};
use crate::batch::{Body, ItemResult, State};

/// Puts an examined application into the office's next batch.
pub(crate) async fn add(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let (Some(office), Who::Office(tier)) = (moved.step.association, moved.step.who) else {
        return Err(Error::fault("only an office puts applications into a batch"));
    };
    // The national tier has a committee before its board [seed].
    let body = if tier == Tier::National { Body::Committee } else { Body::Board };
    put(cx, tx, office, body, moved.after).await
}

/// Puts an application at the end of the collecting batch of an association, which is opened when missing.
pub(crate) async fn put(
    cx: &Cx,
    tx: &Tx<'_>,
    office: AssociationId,
    body: Body,
    application: &application::Model,
) -> Result<()> {
    let batch = collecting(cx, tx, office, body, application).await?;
    let last: Option<i32> = batch_item::Entity::find()
        .select_only()
        .column(batch_item::Column::Position)
        .filter(batch_item::Column::Batch.eq(batch))
        .order_by_desc(batch_item::Column::Position)
        .into_tuple()
        .one(tx.db())
        .await?;
    let row = batch_item::ActiveModel {
        batch: Set(batch),
        application: Set(application.id),
        position: Set(last.map_or(0, |last| last + 1)),
        result: Set(ItemResult::Waiting.name().to_owned()),
        message: Set(String::new()),
        held_on: Set(None),
        minutes_number: Set(None),
    };
    // One that had left the batch before comes back to its end.
    let again = OnConflict::columns([batch_item::Column::Batch, batch_item::Column::Application])
        .update_columns([
            batch_item::Column::Position,
            batch_item::Column::Result,
            batch_item::Column::Message,
            batch_item::Column::HeldOn,
            batch_item::Column::MinutesNumber,
        ])
        .to_owned();
    batch_item::Entity::insert(row).on_conflict(again).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// The batch that collects applications for the next meeting.
async fn collecting(
    cx: &Cx,
    tx: &Tx<'_>,
    office: AssociationId,
    body: Body,
    application: &application::Model,
) -> Result<Uuid> {
    let code = hold(tx, office).await?;
    let open: Option<Uuid> = batch::Entity::find()
        .select_only()
        .column(batch::Column::Id)
        .filter(batch::Column::Association.eq(Uuid::from(office)))
        .filter(batch::Column::State.eq(State::Collecting.name()))
        .filter(batch::Column::Scheme.eq(application.scheme.as_str()))
        .filter(batch::Column::Body.eq(body.name()))
        .order_by_desc(batch::Column::CreatedAt)
        .into_tuple()
        .one(tx.db())
        .await?;
    match open {
        Some(id) => Ok(id),
        None => open_batch(cx, tx, office, &code, body, &application.scheme).await,
    }
}

/// Holds the row of the association until the transaction ends, so that two officers who examine the first
/// two applications at once open one batch, not two. Returns its code.
pub(crate) async fn hold(tx: &Tx<'_>, office: AssociationId) -> Result<String> {
    let id = Uuid::from(office);
    association::Entity::update_many()
        .col_expr(association::Column::Version, Expr::col(association::Column::Version))
        .filter(association::Column::Id.eq(id))
        .exec(tx.db())
        .await?;
    let row = association::Entity::find_by_id(id).one(tx.db()).await?.ok_or(Error::NotFound)?;
    Ok(row.code)
}

async fn open_batch(
    cx: &Cx,
    tx: &Tx<'_>,
    office: AssociationId,
    code: &str,
    body: Body,
    scheme: &str,
) -> Result<Uuid> {
    let account = cx.who.account.ok_or_else(|| Error::fault("a batch is opened by an officer"))?;
    let year = FiscalYear::of(cx.today()).0;
    let count = number::next(tx.db(), &format!("batch/{code}/{year}")).await?;
    let id = Uuid::now_v7();
    batch::ActiveModel {
        id: Set(id),
        number: Set(format!("{}-{code}-{year}-{count:03}", body.mark())),
        association: Set(office.into()),
        submitted_to: Set(None),
        kind: Set(Kind::Certification.name().to_owned()),
        scheme: Set(scheme.to_owned()),
        body: Set(body.name().to_owned()),
        state: Set(State::Collecting.name().to_owned()),
        held_on: Set(None),
        minutes_number: Set(None),
        submitted_at: Set(None),
        created_by: Set(account.into()),
        created_at: Set(cx.now),
        version: Set(1),
    }
    .insert(tx.db())
    .await?;
    Ok(id)
}

/// Takes an application out of the batch it waits in. What a meeting has decided before stays written.
pub(crate) async fn leave(tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let result =
        if moved.step.command == Command::Defer.name() { ItemResult::Deferred } else { ItemResult::Left };
    let command = command_label(moved.step.command);
    let message = if moved.step.comment.is_empty() { &command } else { moved.step.comment };
    let still_open = Query::select()
        .column(batch::Column::Id)
        .from(batch::Entity)
        .cond_where(Condition::any().add(batch::Column::State.eq(State::Collecting.name())).add(
            batch::Column::State.eq(State::Decided.name()).and(batch::Column::Body.eq(Body::Board.name())),
        ))
        .to_owned();
    batch_item::Entity::update_many()
        .col_expr(batch_item::Column::Result, Expr::value(result.name()))
        .col_expr(batch_item::Column::Message, Expr::value(message))
        .filter(batch_item::Column::Application.eq(moved.after.id))
        .filter(batch_item::Column::Result.is_in(ItemResult::OPEN.map(ItemResult::name)))
        .filter(batch_item::Column::Batch.in_subquery(still_open))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Notes that an application has gone up (or was approved by the national tier) with its batch.
pub(crate) async fn close(tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let Some(batch) = moved.step.batch else {
        return Err(Error::fault("an application goes up with a batch"));
    };
    set_result(tx, batch.into(), moved.after.id, ItemResult::Submitted, "").await
}

/// Writes the result of one item.
pub(crate) async fn set_result(
    tx: &Tx<'_>,
    batch: Uuid,
    application: Uuid,
    result: ItemResult,
    message: &str,
) -> Result<()> {
    batch_item::Entity::update_many()
        .col_expr(batch_item::Column::Result, Expr::value(result.name()))
        .col_expr(batch_item::Column::Message, Expr::value(message))
        .filter(batch_item::Column::Batch.eq(batch))
        .filter(batch_item::Column::Application.eq(application))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Writes to one item which meeting decided it: the next one may decide others of the same batch.
pub(crate) async fn note_meeting(
    tx: &Tx<'_>,
    batch: Uuid,
    application: Uuid,
    meeting: &Meeting,
) -> Result<()> {
    batch_item::Entity::update_many()
        .col_expr(batch_item::Column::HeldOn, Expr::value(meeting.held_on.date()))
        .col_expr(batch_item::Column::MinutesNumber, Expr::value(meeting.minutes_number.as_str()))
        .filter(batch_item::Column::Batch.eq(batch))
        .filter(batch_item::Column::Application.eq(application))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// What the day of a meeting must respect: the applications it decides about that lie at this desk, each with the
/// day it came and, for the board, the day on which the committee here approved it.
pub(crate) async fn cases(
    tx: &Tx<'_>,
    held: &batch::Model,
    body: Body,
    verdicts: &[Verdict],
) -> Result<Vec<Case>> {
    use application::Column as A;
    let asked: Vec<Uuid> = verdicts.iter().map(|verdict| verdict.application.into()).collect();
    let rows: Vec<(Uuid, Option<String>, Option<DateTime<Utc>>)> = application::Entity::find()
        .select_only()
        .columns([A::Id, A::Number, A::WaitingSince])
        .filter(A::Id.is_in(asked.iter().copied()))
        .filter(A::Desk.eq(held.association))
        .into_tuple()
        .all(tx.db())
        .await?;
    let committees = match body {
        Body::Board => committees(tx, held.association, asked).await?,
        Body::Committee => Vec::new(),
    };
    let case = |(id, number, since): (Uuid, Option<String>, Option<DateTime<Utc>>)| {
        let days = committees.iter().filter(|(of, _)| *of == id).filter_map(|(_, day)| *day);
        Some(Case {
            number: number.unwrap_or_default(),
            arrived_on: Day::of(since?),
            committee_on: days.max().map(Day::from),
        })
    };
    Ok(rows.into_iter().filter_map(case).collect())
}

/// On which days the committee of an association approved these applications.
async fn committees(tx: &Tx<'_>, office: Uuid, asked: Vec<Uuid>) -> Result<Vec<(Uuid, Option<NaiveDate>)>> {
    let own = Query::select()
        .column(batch::Column::Id)
        .from(batch::Entity)
        .cond_where(batch::Column::Association.eq(office).and(batch::Column::Body.eq(Body::Committee.name())))
        .to_owned();
    Ok(batch_item::Entity::find()
        .select_only()
        .columns([batch_item::Column::Application, batch_item::Column::HeldOn])
        .filter(batch_item::Column::Application.is_in(asked))
        .filter(batch_item::Column::Result.eq(ItemResult::Approved.name()))
        .filter(batch_item::Column::Batch.in_subquery(own))
        .into_tuple()
        .all(tx.db())
        .await?)
}

/// Puts a recalled application back among those its batch may send up.
pub(crate) async fn reopen(tx: &Tx<'_>, office: AssociationId, application: Uuid) -> Result<()> {
    let sent: Vec<Uuid> = batch_item::Entity::find()
        .select_only()
        .column(batch_item::Column::Batch)
        .filter(batch_item::Column::Application.eq(application))
        .filter(batch_item::Column::Result.eq(ItemResult::Submitted.name()))
        .limit(20)
        .into_tuple()
        .all(tx.db())
        .await?;
    let own = batch::Entity::find()
        .filter(batch::Column::Id.is_in(sent))
        .filter(batch::Column::Association.eq(Uuid::from(office)))
        .order_by_desc(batch::Column::SubmittedAt)
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::refused("この申請を一括申請した記録がありません。"))?;
    set_result(tx, own.id, application, ItemResult::Approved, "引き戻しました。").await?;
    batch::Entity::update_many()
        .col_expr(batch::Column::State, Expr::value(State::Decided.name()))
        .col_expr(batch::Column::Version, Expr::value(own.version + 1))
        .filter(batch::Column::Id.eq(own.id))
        .exec(tx.db())
        .await?;
    Ok(())
}
