//! The forms of the examination.

use super::pages::{Typed, again};
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use axum::extract::Path;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::examination::actions::{self, Choice, Compared, Findings, Handbook};
use mamis_app::examination::{Checklist, lists};
use mamis_rules::base::{ApplicationId, Day, PaperCreditId};

fn version(fields: &Fields) -> i64 {
    fields.text("version").parse().unwrap_or_default()
}

fn findings(fields: &Fields) -> Findings {
    Findings {
        checklist: Checklist::ticked(fields.all("checklist")),
        remarks: fields.text("remarks").to_owned(),
    }
}

fn typed(fields: &Fields) -> Typed {
    let found = findings(fields);
    Typed {
        checklist: Some(found.checklist),
        remarks: Some(found.remarks),
        comment: fields.text("comment").to_owned(),
        ..Typed::default()
    }
}

fn day(fields: &Fields, name: &str) -> mamis_app::Result<Day> {
    Day::parse_written(fields.text(name))
        .map_err(|_| Error::invalid(name, "日付を入力してください（例：2026年11月22日）。"))
}

fn screen(id: ApplicationId) -> String {
    format!("/applications/{id}/examination")
}

/// What goes wrong in a form is shown on the same screen with everything as typed.
async fn or_again(
    ctx: &Ctx,
    id: ApplicationId,
    done: mamis_app::Result<Response>,
    typed: Typed,
) -> Result<Response, WebError> {
    match done {
        Err(Error::Invalid(problems)) => again(ctx, id, typed, Problems(problems)).await,
        other => Ok(other?),
    }
}

/// Decides, or keeps what was found; after a decision the next case opens by itself.
pub async fn decide(ctx: Ctx, Path(id): Path<ApplicationId>, fields: Fields) -> Result<Response, WebError> {
    let done = run(&ctx, id, &fields).await;
    or_again(&ctx, id, done, typed(&fields)).await
}

async fn run(ctx: &Ctx, id: ApplicationId, fields: &Fields) -> mamis_app::Result<Response> {
    let (found, version, comment) = (findings(fields), version(fields), fields.text("comment"));
    let choice = match fields.text("choice") {
        "ok" => Choice::Ok,
        "return" => Choice::Return,
        "reject" => Choice::Reject,
        _ => {
            actions::save(ctx, id, version, &found).await?;
            return Ok(ctx.done(&screen(id), "確認した内容を保存しました。"));
        }
    };
    let (meeting, next) = lists::next_after(ctx, id).await?;
    let said = match choice {
        Choice::Ok => format!("「適」としました。次の{}の一括に入りました。", meeting.label()),
        Choice::Return => "差し戻しました。申請者に知らせました。".to_owned(),
        Choice::Reject => "却下しました。申請者に知らせました。".to_owned(),
    };
    actions::decide(ctx, id, version, &found, choice, comment).await?;
    Ok(match next {
        Some(next) => {
            ctx.done(&format!("/applications/{next}/examination"), &format!("{said}次の申請を開きました。"))
        }
        None => ctx.done("/desk", &format!("{said}審査を待っている申請はもうありません。")),
    })
}

/// Records the receipt of the fee.
pub async fn record_fee(
    ctx: Ctx,
    Path(id): Path<ApplicationId>,
    fields: Fields,
) -> Result<Response, WebError> {
    let done = match day(&fields, "fee_received_on") {
        Err(error) => Err(error),
        Ok(day) => actions::record_fee(&ctx, id, version(&fields), day, fields.text("fee_receipt")).await,
    };
    let done = done.map(|()| ctx.done(&screen(id), "審査登録料の受領を記録しました。"));
    let typed = Typed {
        fee_received_on: Some(fields.text("fee_received_on").to_owned()),
        fee_receipt: Some(fields.text("fee_receipt").to_owned()),
        ..Typed::default()
    };
    or_again(&ctx, id, done, typed).await
}

/// Records that the original came or went back.
pub async fn move_handbook(
    ctx: Ctx,
    Path(id): Path<ApplicationId>,
    fields: Fields,
) -> Result<Response, WebError> {
    let moved = day(&fields, "handbook_on").map(|day| match fields.text("moved") {
        "returned" => Handbook::Returned(day),
        _ => Handbook::Received(day),
    });
    let done = match moved {
        Err(error) => Err(error),
        Ok(moved) => actions::move_handbook(&ctx, id, version(&fields), moved).await,
    };
    let done = done.map(|()| ctx.done(&screen(id), "原本の受け渡しを記録しました。"));
    let typed = Typed { handbook_on: Some(fields.text("handbook_on").to_owned()), ..Typed::default() };
    or_again(&ctx, id, done, typed).await
}

/// Ticks a paper line off against the original.
pub async fn compare_paper(
    ctx: Ctx,
    Path((id, paper)): Path<(ApplicationId, PaperCreditId)>,
    fields: Fields,
) -> Result<Response, WebError> {
    let compared = match fields.text("compared") {
        "refused" => Compared::Refused(fields.text("comment").to_owned()),
        _ => Compared::Confirmed,
    };
    let done = actions::compare_paper(&ctx, id, paper, version(&fields), &compared).await;
    let done = done.map(|()| ctx.done(&format!("{}#paper", screen(id)), "紙の単位の照合を記録しました。"));
    or_again(&ctx, id, done, Typed::default()).await
}

/// Takes the application back from the tier above.
pub async fn recall(ctx: Ctx, Path(id): Path<ApplicationId>, fields: Fields) -> Result<Response, WebError> {
    actions::recall(&ctx, id, fields.text("comment")).await?;
    Ok(ctx.done(&format!("/applications/{id}"), "引き戻しました。一括申請待ちに戻りました。"))
}
