//! Steps of the approval.

use crate::ctx::Ctx;
use crate::error::WebError;
use crate::form::Fields;
use axum::extract::Path;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::training::actions;
use mamis_rules::base::TrainingId;
use mamis_rules::flow::training_approval::Command;

/// Takes one step: submit, withdraw, approve, return, reject, postpone, cancel, confirm and so on.
pub async fn decide(ctx: Ctx, Path(id): Path<TrainingId>, fields: Fields) -> Result<Response, WebError> {
    let command = fields.text("command").parse().map_err(|_| Error::refused("操作を選んでください。"))?;
    let version = fields.text("version").parse().unwrap_or(0);
    let page = format!("/trainings/{id}");
    match actions::decide(&ctx, id, version, command, fields.text("comment")).await {
        Ok(_) => Ok(ctx.done(&page, done(command))),
        Err(Error::Invalid(problems)) => super::show::again(&ctx, id, command, &fields, problems).await,
        Err(error) => Err(error.into()),
    }
}

fn done(command: Command) -> &'static str {
    match command {
        Command::Submit | Command::Amend => "申請しました。承認されるとメールでお知らせします。",
        Command::Withdraw => "申請を取り下げました。直してから、もう一度申請できます。",
        Command::Approve => "承認しました。",
        Command::Return => "差し戻しました。主催者にコメントを知らせました。",
        Command::Reject => "却下しました。主催者に理由を知らせました。",
        Command::Postpone => "延期しました。新しい日程を入力して、もう一度申請してください。",
        Command::Cancel => "中止しました。申し込んだ人にメールで知らせました。",
        Command::ReleaseCredits => "単位を登録しました。",
        Command::Report => "開催報告を提出しました。",
        Command::WithdrawReport => "開催報告を取り下げました。直してから、もう一度提出してください。",
        Command::Confirm => "開催報告を確認済みにしました。",
        Command::ReturnReport => "開催報告を差し戻しました。主催者にコメントを知らせました。",
    }
}

/// Throws a draft away.
pub async fn discard(ctx: Ctx, Path(id): Path<TrainingId>) -> Result<Response, WebError> {
    actions::discard(&ctx, id).await?;
    Ok(ctx.done("/trainings?tab=own", "下書きを消しました。"))
}
