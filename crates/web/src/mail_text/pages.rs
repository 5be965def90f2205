//! The list of texts, and the editor of one with its sample and its versions.

use crate::ctx::Ctx;
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use mamis_app::mail::compose;
use mamis_app::mail::text::{Text, preview, sample, variables};
use mamis_app::mail_text::actions;
use mamis_app::mail_text::lists::{self, Edited, is_own, text_of};
use mamis_app::{Error, decision};
use mamis_schema::mail_text;

#[derive(Template)]
#[template(path = "mail_text/list.html")]
struct ListPage {
    page: Page,
    trail: Vec<Crumb>,
    rows: Vec<LineView>,
}

struct LineView {
    href: String,
    subject: String,
    /// How its text begins.
    begins: String,
    badge: &'static str,
    state: String,
    changed: String,
    failed: bool,
}

/// All texts.
pub async fn list(ctx: Ctx) -> Result<Response, WebError> {
    let rows: Result<Vec<LineView>, Error> =
        lists::all(&ctx).await?.iter().map(|(kind, newest)| line(kind, newest.as_ref())).collect();
    show(&ListPage {
        page: Page::new(&ctx, "メールの文面"),
        trail: vec![Crumb::to("/notices", "お知らせ")],
        rows: rows?,
    })
}

fn line(kind: &'static str, newest: Option<&mail_text::Model>) -> Result<LineView, Error> {
    let own = newest.filter(|row| is_own(row));
    let shown = match own.and_then(text_of) {
        Some(text) => preview(kind, &text).or_else(|_| compose(kind, sample(kind)?))?,
        None => compose(kind, sample(kind)?)?,
    };
    // Two letters about one thing, to the person and to the office, have the same subject.
    let begins = shown.1.lines().filter(|line| !line.trim().is_empty()).nth(1).unwrap_or_default();
    Ok(LineView {
        href: format!("/mail-texts/{kind}"),
        begins: begins.chars().take(60).collect(),
        subject: shown.0,
        badge: if own.is_some() { "info" } else { "neutral" },
        state: own.map_or_else(|| "もとの文面".to_owned(), |row| format!("変更済み（第{}版）", row.version)),
        changed: newest.map(saved).unwrap_or_default(),
        failed: own.is_some_and(|row| row.failed_at.is_some()),
    })
}

fn saved(row: &mail_text::Model) -> String {
    format!("{}　{}", decision::at(row.created_at), row.by_name)
}

#[derive(Template)]
#[template(path = "mail_text/edit.html")]
struct EditPage {
    page: Page,
    trail: Vec<Crumb>,
    problems: Problems,
    own: String,
    text: Text,
    version: i32,
    variables: Vec<(String, String)>,
    /// The sample letter of the text in the form; none while it has a mistake.
    sample: Option<(String, String)>,
    /// Whether the sample shows what was typed and is not saved yet.
    unsaved: bool,
    versions: Vec<VersionView>,
    is_changed: bool,
    failure: String,
}

struct VersionView {
    version: i32,
    what: &'static str,
    saved: String,
    current: bool,
}

/// The editor of a text.
pub async fn edit(ctx: Ctx, Path(kind): Path<String>) -> Result<Response, WebError> {
    let edited = lists::find(&ctx, &kind).await?;
    let text = edited.text.clone();
    show(&edit_page(&ctx, &edited, text, Problems::default())?)
}

/// Shows the sample of what was typed, or saves it.
pub async fn save(ctx: Ctx, Path(kind): Path<String>, fields: Fields) -> Result<Response, WebError> {
    let text = Text { subject: fields.text("subject").to_owned(), body: fields.raw("body").to_owned() };
    let seen = fields.text("version").parse().unwrap_or_default();
    let outcome = match fields.text("act") {
        "save" => actions::save(&ctx, &kind, &text, seen).await.map(Some),
        _ => Ok(None),
    };
    match outcome {
        Ok(Some(version)) => Ok(ctx.done(
            &format!("/mail-texts/{kind}"),
            &format!("第{version}版として保存しました。これから作られるメールに使われます。"),
        )),
        Ok(None) => typed(&ctx, &kind, text, Problems::default()).await,
        Err(Error::Invalid(problems)) => typed(&ctx, &kind, text, Problems(problems)).await,
        Err(error) => Err(error.into()),
    }
}

/// The editor with what was typed, and what is wrong with it.
async fn typed(ctx: &Ctx, kind: &str, text: Text, problems: Problems) -> Result<Response, WebError> {
    let edited = lists::find(ctx, kind).await?;
    let problems = match preview(edited.kind, &text) {
        Err(Error::Invalid(found)) if problems.is_empty() => Problems(found),
        _ => problems,
    };
    let status = problems.status();
    show_with(status, &edit_page(ctx, &edited, text, problems)?)
}

fn edit_page(ctx: &Ctx, edited: &Edited, text: Text, problems: Problems) -> Result<EditPage, Error> {
    let current = edited.versions.first().filter(|row| is_own(row));
    let version = |row: &mail_text::Model| VersionView {
        version: row.version,
        what: if is_own(row) { "変更した文面" } else { "もとの文面に戻した" },
        saved: saved(row),
        current: row.version == edited.version(),
    };
    let (title, _) = compose(edited.kind, sample(edited.kind)?)?;
    Ok(EditPage {
        page: Page::new(ctx, format!("メールの文面：{title}")),
        trail: vec![Crumb::to("/notices", "お知らせ"), Crumb::to("/mail-texts", "メールの文面")],
        own: format!("/mail-texts/{}", edited.kind),
        version: edited.version(),
        variables: variables(edited.kind)?,
        sample: preview(edited.kind, &text).ok(),
        unsaved: text != edited.text,
        versions: edited.versions.iter().map(version).collect(),
        is_changed: current.is_some(),
        failure: current
            .filter(|row| row.failed_at.is_some())
            .map(|row| row.failure.clone())
            .unwrap_or_default(),
        text,
        problems,
    })
}

/// Goes back to an earlier version or to the built-in text.
pub async fn restore(ctx: Ctx, Path(kind): Path<String>, fields: Fields) -> Result<Response, WebError> {
    let seen = fields.text("seen").parse().unwrap_or_default();
    let own = format!("/mail-texts/{kind}");
    match actions::restore(&ctx, &kind, fields.text("version").parse().ok(), seen).await {
        Ok(_) => Ok(ctx.done(&own, "文面を戻しました。")),
        Err(Error::Invalid(_)) => {
            let text =
                "この版は、いまのメールの内容に合わなくなったため、戻せません。文面を写して直してください。";
            Ok(ctx.lead(&own, "error", text))
        }
        Err(error) => Err(error.into()),
    }
}
