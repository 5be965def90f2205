//! Drafting a training.

use super::form::{Form, faults, pairs, read};
use super::view::instant;
use crate::application::forms::file;
use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Crumb, prefectures};
use crate::duty::{choices, host};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use mamis_app::training::actions::{self, NewTraining, Saved};
use mamis_app::training::{Standing, lists};
use mamis_app::{Error, Problem};
use mamis_rules::base::{Day, TrainingId};
use mamis_rules::credit::{Scheme, scheme_rules};
use mamis_rules::flow::training_approval::{Command, State};
use mamis_rules::training::{Mode, is_past};

#[derive(Template)]
#[template(path = "training/new.html")]
struct NewPage {
    page: Page,
    trail: Vec<Crumb>,
    hosts: Vec<Choice>,
    schemes: Vec<Choice>,
    fields: Fields,
    problems: Problems,
}

fn trail() -> Vec<Crumb> {
    vec![Crumb::to("/trainings", "研修会")]
}

/// The first few questions.
pub async fn new(ctx: Ctx) -> Result<Response, WebError> {
    new_page(&ctx, Fields::default(), Problems::default()).await
}

async fn new_page(ctx: &Ctx, fields: Fields, problems: Problems) -> Result<Response, WebError> {
    let hosts = lists::hosts(ctx).await?;
    let schemes = Scheme::ALL.iter().filter(|scheme| scheme_rules(**scheme).training.is_some());
    show_with(
        problems.status(),
        &NewPage {
            page: Page::new(ctx, "研修会を登録する"),
            trail: trail(),
            hosts: choices(&hosts),
            schemes: schemes.map(|scheme| Choice::new(scheme.name(), scheme.label())).collect(),
            fields,
            problems,
        },
    )
}

/// Begins a draft.
pub async fn create(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    match new_training(&fields) {
        Err(problems) => new_page(&ctx, fields, Problems(problems)).await,
        Ok(new) => match actions::create(&ctx, new).await {
            Ok(id) => {
                Ok(ctx.done(&format!("/trainings/{id}/edit"), "下書きを作りました。続けて入力してください。"))
            }
            Err(Error::Invalid(problems)) => new_page(&ctx, fields, Problems(problems)).await,
            Err(error) => Err(error.into()),
        },
    }
}

fn new_training(fields: &Fields) -> Result<NewTraining, Vec<Problem>> {
    let mut problems = Vec::new();
    let title = fields.required("title", "研修会の名称を入力してください。", &mut problems);
    let host = host(fields.text("host"));
    let scheme = fields.text("scheme").parse::<Scheme>().ok();
    let starts_at = instant(fields.text("day"), fields.text("from"));
    let ends_at = instant(fields.text("day"), fields.text("until"));
    for (missing, field, sentence) in [
        (host.is_none(), "host", "主催する医師会を選んでください。"),
        (scheme.is_none(), "scheme", "制度を選んでください。"),
        (starts_at.is_none(), "day", "開催日と開始の時刻を入力してください。"),
        (ends_at.is_none() || ends_at <= starts_at, "until", "終了の時刻を、開始より後にしてください。"),
    ] {
        if missing {
            problems.push(Problem::at(field, sentence));
        }
    }
    match (host, scheme, starts_at, ends_at) {
        (Some(host), Some(scheme), Some(starts_at), Some(ends_at)) if problems.is_empty() => {
            Ok(NewTraining { host, scheme, title, starts_at, ends_at })
        }
        _ => Err(problems),
    }
}

/// Copies a training of an earlier year.
pub async fn copy(ctx: Ctx, Path(id): Path<TrainingId>) -> Result<Response, WebError> {
    let new = actions::copy(&ctx, id).await?;
    Ok(ctx.done(
        &format!("/trainings/{new}/edit"),
        "写しを作りました。日付は同じ曜日にずらしてあります。確認して直してください。",
    ))
}

#[derive(Template)]
#[template(path = "training/edit.html")]
struct EditPage {
    page: Page,
    trail: Vec<Crumb>,
    id: TrainingId,
    version: String,
    form: Form,
    modes: Vec<Choice>,
    prefectures: Vec<Choice>,
    hints: Vec<Problem>,
    /// When this officer's typing was kept last; empty when it is what is stored.
    kept: String,
    saved_at: String,
    may_submit: bool,
    published: bool,
    flyer: String,
    returned: Option<Returned>,
}

/// Why a training came back.
struct Returned {
    by: String,
    at: String,
    comment: String,
}

/// What the office wrote that returned it, while it lies with the host to be mended.
async fn returned(ctx: &Ctx, standing: &Standing) -> Result<Option<Returned>, WebError> {
    if standing.state != State::Returned {
        return Ok(None);
    }
    let history = lists::history(ctx, standing.id()).await?;
    let last = history.into_iter().rev().find(|row| row.command == Command::Return.name());
    Ok(last.map(|row| Returned {
        at: super::view::day_time(row.decided_at),
        by: row.by_name,
        comment: row.comment,
    }))
}

/// The form.
pub async fn edit(ctx: Ctx, Path(id): Path<TrainingId>) -> Result<Response, WebError> {
    let shown = lists::show(&ctx, id).await?;
    lists::may_edit(&ctx, &shown.standing)?;
    let kept = lists::autosaved(&ctx, &shown.standing).await?;
    let saved_at = kept.as_ref().map_or(shown.standing.row.created_at, |(_, at)| *at);
    let (fields, kept) = match kept {
        Some((fields, at)) => (fields, super::view::day_time(at)),
        None => (pairs(&shown.draft()?), String::new()),
    };
    let (_, hints) = shown.draft()?.problems(ctx.today());
    let form = Form::new(Fields::from_pairs(fields), Vec::new(), 0);
    let mut page = edit_page(&ctx, &shown.standing, form, hints);
    page.kept = kept;
    page.saved_at = saved_at.to_rfc3339();
    page.returned = returned(&ctx, &shown.standing).await?;
    show(&page)
}

fn edit_page(ctx: &Ctx, standing: &Standing, form: Form, hints: Vec<Problem>) -> EditPage {
    let id = standing.id();
    let mut trail = trail();
    trail.push(Crumb::to(&format!("/trainings/{id}"), &standing.row.title));
    EditPage {
        page: Page::new(ctx, "研修会を編集する"),
        trail,
        id,
        version: standing.row.version.to_string(),
        form,
        modes: Mode::ALL.iter().map(|mode| Choice::new(mode.name(), mode.label())).collect(),
        prefectures: prefectures(),
        hints,
        kept: String::new(),
        saved_at: String::new(),
        may_submit: standing.commands(ctx).contains(&Command::Submit),
        published: standing.state == State::Approved,
        flyer: standing.row.flyer.map(|id| format!("/attachments/{id}")).unwrap_or_default(),
        returned: None,
    }
}

/// Saves, submits, or adds and removes a row without JavaScript.
pub async fn save(ctx: Ctx, Path(id): Path<TrainingId>, mut fields: Fields) -> Result<Response, WebError> {
    let untaken = hold_flyer(&ctx, id, &mut fields).await?;
    if !untaken.is_empty() {
        let problems = unsendable(&fields, ctx.today()).into_iter().chain(untaken).collect();
        return again(&ctx, id, fields, problems).await;
    }
    if !fields.text("add").is_empty() || !fields.text("remove").is_empty() {
        return rows(&ctx, id, fields).await;
    }
    match try_save(&ctx, id, &fields).await {
        Ok(done) => Ok(done),
        Err(Error::Invalid(problems)) => again(&ctx, id, fields, problems).await,
        Err(error) => Err(error.into()),
    }
}

/// Holds the flyer that came with the form; answers what was wrong with one that cannot be taken.
async fn hold_flyer(ctx: &Ctx, id: TrainingId, fields: &mut Fields) -> Result<Vec<Problem>, Error> {
    let (mut uploads, untaken) = fields.take_uploads();
    uploads.retain(|upload| upload.field == "flyer");
    let names: Vec<String> = uploads.iter().map(|upload| upload.file_name.clone()).collect();
    let held = actions::hold_flyer(ctx, id, uploads.into_iter().map(file).collect()).await?;
    for (name, id) in names.iter().zip(held) {
        fields.note_held("flyer", name, id);
    }
    Ok(untaken)
}

/// What keeps the form from being taken: for a draft only what cannot be read.
fn unsendable(fields: &Fields, today: Day) -> Vec<Problem> {
    match fields.text("act") {
        "submit" => faults(fields, today).0,
        _ => read(fields).err().unwrap_or_default(),
    }
}

async fn try_save(ctx: &Ctx, id: TrainingId, fields: &Fields) -> Result<Response, Error> {
    let problems = unsendable(fields, ctx.today());
    let read = read(fields).map_err(|_| Error::Invalid(problems.clone()))?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let submit = fields.text("act") == "submit";
    let version = fields.text("version").parse().unwrap_or(0);
    let placed = |error: Error| match error {
        Error::Invalid(problems) => Error::Invalid(read.placed(problems)),
        other => other,
    };
    let saved = actions::save(ctx, id, version, &read.draft, fields.held("flyer")).await.map_err(placed)?;
    let page = format!("/trainings/{id}");
    if submit && saved == Saved::Draft {
        actions::decide(ctx, id, version + 1, Command::Submit, "").await?;
        return Ok(ctx.done(&page, "申請しました。承認されるとメールでお知らせします。"));
    }
    Ok(match saved {
        Saved::Draft if is_past(&read.draft.core, ctx.today()) => ctx.lead(
            &page,
            "warning",
            "保存しました。開催日が過ぎています。申請する前に、日付を直してください。",
        ),
        Saved::Draft => ctx.done(&page, "保存しました。まだ申請していません。"),
        Saved::Changed => ctx.done(&page, "変更しました。承認は済んだままです。"),
        Saved::Amended => ctx.done(
            &page,
            "日時または単位が変わったため、変更を申請しました。承認されるまで募集を止めています。",
        ),
    })
}

async fn again(
    ctx: &Ctx,
    id: TrainingId,
    fields: Fields,
    problems: Vec<Problem>,
) -> Result<Response, WebError> {
    let shown = lists::show(ctx, id).await?;
    let version = fields.text("version").to_owned();
    let mut page = edit_page(ctx, &shown.standing, Form::new(fields, problems, 0), Vec::new());
    page.version = version;
    page.returned = returned(ctx, &shown.standing).await?;
    show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn rows(ctx: &Ctx, id: TrainingId, fields: Fields) -> Result<Response, WebError> {
    let shown = lists::show(ctx, id).await?;
    lists::may_edit(ctx, &shown.standing)?;
    let gone = format!("sessions.{}.", fields.text("remove"));
    let added = usize::from(!fields.text("add").is_empty());
    let kept: Vec<(String, String)> = fields
        .iter()
        .filter(|(name, _)| !name.starts_with(&gone))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let version = fields.text("version").to_owned();
    let mut page =
        edit_page(ctx, &shown.standing, Form::new(Fields::from_pairs(kept), Vec::new(), added), Vec::new());
    page.version = version;
    page.returned = returned(ctx, &shown.standing).await?;
    show(&page)
}

/// Keeps what is typed, while it is typed.
pub async fn autosave(ctx: Ctx, Path(id): Path<TrainingId>, fields: Fields) -> Result<Response, WebError> {
    let pairs: Vec<(String, String)> =
        fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    actions::autosave(&ctx, id, &pairs).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Template)]
#[template(path = "training/checks.html")]
struct Checks {
    problems: Vec<Problem>,
    /// What to look at once more; none where the form cannot be read.
    hints: Option<Vec<Problem>>,
}

/// Checks what is typed, while it is typed.
pub async fn checks(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let (problems, hints) = faults(&fields, ctx.today());
    let hints = read(&fields).is_ok().then_some(hints);
    show(&Checks { problems, hints })
}
