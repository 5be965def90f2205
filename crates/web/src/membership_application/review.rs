//! What an office sees of a procedure, and what it decides.

use super::pages::{View, view};
use crate::application::Reader;
use crate::ctx::Ctx;
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show_with};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use mamis_app::membership_application::actions::office::{self, Decision};
use mamis_app::membership_application::lists::{self, Progress, queue};
use mamis_app::{Error, Problem, application};
use mamis_rules::access::application::Kind;
use mamis_rules::base::{ApplicationId, Day};
use mamis_rules::flow::membership::Command;

#[derive(Template)]
#[template(path = "membership_application/review.html")]
struct ReviewPage {
    page: Page,
    trail: Vec<Crumb>,
    view: View,
    person: Vec<(&'static str, String)>,
    version: i64,
    buttons: Vec<Button>,
    /// Whose turn it is; empty when it is over.
    desk: String,
    day_label: &'static str,
    day: String,
    comment: String,
    may_undo: bool,
    problems: Problems,
}

/// A command that the office has.
struct Button {
    command: &'static str,
    label: &'static str,
    class: &'static str,
    confirm: &'static str,
}

/// What was typed, shown again when something has to be mended.
#[derive(Default)]
struct Typed {
    comment: String,
    day: Option<String>,
}

/// The screen; each look leaves an entry.
pub async fn page(ctx: Ctx, Path(id): Path<ApplicationId>) -> Result<Response, WebError> {
    screen(&ctx, id, Typed::default(), Problems::default()).await
}

async fn screen(
    ctx: &Ctx,
    id: ApplicationId,
    typed: Typed,
    problems: Problems,
) -> Result<Response, WebError> {
    let progress = lists::progress(ctx, id).await?;
    application::actions::note_look(ctx, id, progress.person.row.id.into()).await?;
    let status = problems.status();
    show_with(status, &review(ctx, &progress, typed, problems))
}

fn review(ctx: &Ctx, progress: &Progress, typed: Typed, problems: Problems) -> ReviewPage {
    let view = view(progress, Reader::Office, ctx.today());
    let kind = progress.found.frame.kind;
    let sets_day = progress.commands.iter().any(|command| sets_day(kind, *command));
    let day = progress.found.details.effective_on.map(|day| day.to_string()).unwrap_or_default();
    ReviewPage {
        page: Page::new(ctx, format!("{}の手続き　{}", kind.label(), view.physician)),
        trail: trail(),
        person: person(progress),
        version: progress.found.frame.row.version,
        buttons: progress.commands.iter().filter_map(|command| button(*command)).collect(),
        desk: progress.found.frame.pending().map(|stop| stop.name.clone()).unwrap_or_default(),
        day_label: if sets_day { set_label(kind) } else { "" },
        day: typed.day.unwrap_or(day),
        comment: typed.comment,
        may_undo: progress.undo.is_some(),
        view,
        problems,
    }
}

pub(super) fn trail() -> Vec<Crumb> {
    vec![Crumb::to("/desk", "担当中の案件"), Crumb::to("/membership-applications", "会員の手続き")]
}

/// Whether the office that gives this command may set the day.
const fn sets_day(kind: Kind, command: Command) -> bool {
    matches!(command, Command::Approve) || matches!((kind, command), (Kind::ChangeReport, Command::Receive))
}

const fn set_label(kind: Kind) -> &'static str {
    match kind {
        Kind::Joining => "入会日",
        Kind::Transfer => "異動日",
        Kind::Leaving => "退会日（会員でいる最後の日）",
        _ => "変更日",
    }
}

fn button(command: Command) -> Option<Button> {
    let (label, class, confirm) = match command {
        Command::Approve => ("承認する", "button-primary", ""),
        Command::Confirm => ("確認する", "button-primary", ""),
        Command::Receive => ("受け付ける", "button-primary", ""),
        Command::PassOn => ("進達する（日本医師会へ送る）", "button-primary", ""),
        Command::Return => ("差し戻す", "", "申請者に差し戻します。よろしいですか。"),
        Command::Reject => ("却下する", "button-danger", "却下すると元に戻せません。却下しますか。"),
        _ => return None,
    };
    Some(Button { command: command.name(), label, class, confirm })
}

fn person(progress: &Progress) -> Vec<(&'static str, String)> {
    let row = &progress.person.row;
    let or = |text: Option<&String>| text.cloned().unwrap_or_else(|| "–".to_owned());
    let workplace = progress.person.workplace.as_ref();
    vec![
        ("氏名", format!("{} {}（{} {}）", row.family_name, row.given_name, row.family_kana, row.given_kana)),
        ("生年月日", Day::from(row.birth_on).japanese()),
        ("医籍登録番号", or(row.registry_number.as_ref())),
        ("日医会員ID", or(row.national_member_id.as_ref())),
        (
            "いまの主たる勤務先",
            workplace.map_or_else(
                || "–".to_owned(),
                |at| format!("{}　{}", at.name, at.address.clone().unwrap_or_default()),
            ),
        ),
        (
            "お知らせ",
            match row.email_verified_at {
                Some(_) => "メールで届きます".to_owned(),
                None => "メールアドレスが未確認のため、郵便で届きます".to_owned(),
            },
        ),
    ]
}

/// Decides; the next procedure opens by itself.
pub async fn decide(ctx: Ctx, Path(id): Path<ApplicationId>, fields: Fields) -> Result<Response, WebError> {
    match run(&ctx, id, &fields).await {
        Err(Error::Invalid(problems)) => {
            let typed = Typed {
                comment: fields.text("comment").to_owned(),
                day: Some(fields.text("effective_on").to_owned()),
            };
            screen(&ctx, id, typed, Problems(problems)).await
        }
        other => Ok(other?),
    }
}

async fn run(ctx: &Ctx, id: ApplicationId, fields: &Fields) -> mamis_app::Result<Response> {
    let command: Command = fields
        .text("command")
        .parse()
        .map_err(|_| Error::Invalid(vec![Problem::at("", "どうするかのボタンを押してください。")]))?;
    let typed = fields.text("effective_on");
    let day = Day::parse_written(typed).ok();
    if day.is_none() && !typed.is_empty() {
        return Err(Error::invalid("effective_on", "日付を、2026年12月1日のように入力してください。"));
    }
    let version = fields.text("version").parse().unwrap_or_default();
    let decision = Decision { version, command, comment: fields.text("comment"), effective_on: day };
    let next = queue::next_after(ctx, id).await?;
    office::decide(ctx, id, decision).await?;
    let said = match command {
        Command::Return => "差し戻しました。申請者に知らせました。",
        Command::Reject => "却下しました。申請者に知らせました。",
        Command::Approve => "承認しました。",
        Command::Confirm => "確認しました。",
        Command::PassOn => "進達しました。",
        _ => "受け付けました。",
    };
    Ok(match next {
        Some(next) => {
            ctx.done(&format!("/membership-applications/{next}"), &format!("{said}次の手続きを開きました。"))
        }
        None => ctx.done(
            "/membership-applications",
            &format!("{said}あなたの判断を待っている手続きは、もうありません。"),
        ),
    })
}

#[derive(Template)]
#[template(path = "membership_application/undo.html")]
struct UndoPage {
    page: Page,
    trail: Vec<Crumb>,
    id: String,
    version: i64,
    physician: String,
    what: String,
    reason: String,
    problems: Problems,
}

/// Asks for the reason of taking a leaving back.
pub async fn new_undo(ctx: Ctx, Path(id): Path<ApplicationId>) -> Result<Response, WebError> {
    undo_page(&ctx, id, "", Problems::default()).await
}

async fn undo_page(
    ctx: &Ctx,
    id: ApplicationId,
    reason: &str,
    problems: Problems,
) -> Result<Response, WebError> {
    let progress = lists::progress(ctx, id).await?;
    application::actions::note_look(ctx, id, progress.person.row.id.into()).await?;
    let view = view(&progress, Reader::Office, ctx.today());
    let status = problems.status();
    let mut trail = trail();
    trail
        .push(Crumb::to(&format!("/membership-applications/{id}"), &format!("{}さんの退会", view.physician)));
    let page = UndoPage {
        page: Page::new(ctx, "退会の取消し"),
        trail,
        id: id.to_string(),
        version: progress.found.frame.row.version,
        what: progress.found.details.scope.map_or("", |scope| scope.label()).to_owned(),
        physician: view.physician,
        reason: reason.to_owned(),
        problems,
    };
    show_with(status, &page)
}

/// Takes a leaving back.
pub async fn undo(ctx: Ctx, Path(id): Path<ApplicationId>, fields: Fields) -> Result<Response, WebError> {
    let version = fields.text("version").parse().unwrap_or_default();
    match office::undo(&ctx, id, version, fields.text("reason")).await {
        Ok(()) => Ok(ctx.done(
            &format!("/membership-applications/{id}"),
            "退会を取り消しました。所属は退会の前のとおり続きます。",
        )),
        Err(Error::Invalid(problems)) => undo_page(&ctx, id, fields.text("reason"), Problems(problems)).await,
        Err(error) => Err(error.into()),
    }
}
