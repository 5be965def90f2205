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
    let verdicts: Vec<Verdict> = fields.all("id").filter_map(|id| verdict(fields, id)).collect();
    let Ok(held_on) = Day::parse_written(fields.text("held_on")) else {
        problems.insert(0, Problem::at("held_on", "開催日を入力してください（例：2026年12月10日）。"));
        problems.extend(actions::unexplained(&verdicts));
        return Err(problems);
    };
    // A page without a version is an old one.
    let seen = fields.text("version").parse().unwrap_or_default();
    Ok((actions::Meeting { seen, held_on, minutes_number }, verdicts))
}

fn verdict(fields: &Fields, id: &str) -> Option<Verdict> {
    let is_put_off = fields.text(&format!("verdict.{id}")) == "defer";
    Some(Verdict {
        application: id.parse().ok()?,
        choice: if is_put_off { Choice::Defer } else { Choice::Approve },
        comment: fields.text(&format!("comment.{id}")).to_owned(),
    })
}

fn typed(fields: &Fields) -> Meeting {
    let deferred = fields
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("verdict.")?, value)))
        .filter(|(_, value)| *value == "defer")
        .map(|(id, _)| (id.to_owned(), fields.text(&format!("comment.{id}")).to_owned()));
    Meeting {
        held_on: fields.text("held_on").to_owned(),
        minutes_number: fields.text("minutes_number").to_owned(),
        picked: Some(fields.all("id").map(str::to_owned).collect()),
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
    let to = format!("/batches/{id}");
    let (done, other) = counted(outcomes);
    if other == 0 {
        return ctx.done(&to, &format!("{what}しました：{done}。"));
    }
    let done = if done.is_empty() { String::new() } else { format!("{what}しました：{done}。") };
    let text = format!("{done}{other}件は処理できませんでした。理由は各行をご確認ください。");
    ctx.lead(&to, "warning", &text)
}

/// What was done in words (承認4件、見送り1件), and how many items it was not done for.
fn counted(outcomes: &[Outcome]) -> (String, usize) {
    const DONE: &[(ItemResult, &str)] =
        &[(ItemResult::Approved, "承認"), (ItemResult::Deferred, "見送り"), (ItemResult::Submitted, "完了")];
    let count = |result: ItemResult| outcomes.iter().filter(|outcome| outcome.result == result).count();
    let words = DONE.iter().map(|(result, word)| (count(*result), word)).filter(|(count, _)| *count > 0);
    let done: Vec<String> = words.map(|(count, word)| format!("{word}{count}件")).collect();
    let other = outcomes.iter().filter(|outcome| DONE.iter().all(|(result, _)| *result != outcome.result));
    (done.join("、"), other.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notice_counts_each_result_and_hides_none() {
        let of = |results: &[ItemResult]| {
            let outcome = |result: &ItemResult| Outcome {
                application: "00000000-0000-0000-0000-000000000000".parse().expect("an id"),
                result: *result,
                message: String::new(),
            };
            counted(&results.iter().map(outcome).collect::<Vec<_>>())
        };
        use ItemResult::{Approved, Deferred, Failed, Left, Submitted};
        assert_eq!(of(&[Approved, Deferred, Approved]), ("承認2件、見送り1件".to_owned(), 0));
        assert_eq!(of(&[Submitted, Failed, Left]), ("完了1件".to_owned(), 2));
        assert_eq!(of(&[Left]), (String::new(), 1));
    }
}
