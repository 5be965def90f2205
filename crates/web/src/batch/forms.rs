//! What the meeting decided, and going up.

use super::pages::{self, Meeting};
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use axum::extract::Path;
use axum::response::Response;
use mamis_app::batch::actions::{self, Choice, Outcome, Verdict};
use mamis_app::batch::{Body, ItemResult};
use mamis_app::{Error, Problem};
use mamis_rules::base::{BatchId, Day};

/// The committee's decisions.
pub async fn committee(ctx: Ctx, Path(id): Path<BatchId>, fields: Fields) -> Result<Response, WebError> {
    record(&ctx, id, Body::Committee, &fields).await
}

/// The board's decisions.
pub async fn board(ctx: Ctx, Path(id): Path<BatchId>, fields: Fields) -> Result<Response, WebError> {
    record(&ctx, id, Body::Board, &fields).await
}

async fn record(ctx: &Ctx, id: BatchId, body: Body, fields: &Fields) -> Result<Response, WebError> {
    let done = match read(fields) {
        Ok((meeting, verdicts)) => actions::record_meeting(ctx, id, body, &meeting, &verdicts).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match done {
        Ok(outcomes) => Ok(report(ctx, id, &format!("{}の結果を記録", body.label()), &outcomes)),
        Err(Error::Invalid(problems)) => pages::page(ctx, id, typed(fields), Problems(problems)).await,
        Err(error) => Err(error.into()),
    }
}

/// The meeting and a verdict for each ticked application: `verdict.<id>` is approve or defer.
fn read(fields: &Fields) -> Result<(actions::Meeting, Vec<Verdict>), Vec<Problem>> {
    let mut problems = Vec::new();
    let minutes_number =
        fields.required("minutes_number", "議事録番号を入力してください。", &mut problems).to_owned();
    let Ok(held_on) = Day::parse_written(fields.text("held_on")) else {
        problems.insert(0, Problem::at("held_on", "開催日を入力してください（例：2026年12月10日）。"));
        return Err(problems);
    };
    // A page without a version is an old one.
    let seen = fields.text("version").parse().unwrap_or_default();
    let meeting = actions::Meeting { seen, held_on, minutes_number };
    let verdict = |id: &str| {
        Some(Verdict {
            application: id.parse().ok()?,
            choice: if fields.text(&format!("verdict.{id}")) == "defer" {
                Choice::Defer
            } else {
                Choice::Approve
            },
            comment: fields.text(&format!("comment.{id}")).to_owned(),
        })
    };
    Ok((meeting, fields.all("id").filter_map(verdict).collect()))
}

fn typed(fields: &Fields) -> Meeting {
    let deferred = fields
        .all("id")
        .filter(|id| fields.text(&format!("verdict.{id}")) == "defer")
        .map(|id| (id.to_owned(), fields.text(&format!("comment.{id}")).to_owned()));
    Meeting {
        held_on: fields.text("held_on").to_owned(),
        minutes_number: fields.text("minutes_number").to_owned(),
        deferred: deferred.collect(),
    }
}

/// Up, or at the national tier: approved.
pub async fn submit(ctx: Ctx, Path(id): Path<BatchId>) -> Result<Response, WebError> {
    let outcomes = actions::submit(&ctx, id).await?;
    Ok(report(&ctx, id, "一括処理", &outcomes))
}

/// Back to the batch, which shows a result in each row; the notice counts them.
fn report(ctx: &Ctx, id: BatchId, what: &str, outcomes: &[Outcome]) -> Response {
    let failed = outcomes.iter().filter(|outcome| outcome.result == ItemResult::Failed).count();
    let done = outcomes.len() - failed;
    let to = format!("/batches/{id}");
    if failed == 0 {
        return ctx.done(&to, &format!("{what}：{done}件を処理しました。"));
    }
    let text =
        format!("{what}：{done}件を処理しました。{failed}件はできませんでした。理由は各行をご確認ください。");
    ctx.lead(&to, "warning", &text)
}
