//! The list of notices, and the page of one: before it leaves and after.

use super::edit::written_at;
use crate::application::forms::file;
use crate::ctx::Ctx;
use crate::desk::paging::{Crumb, Pager, link};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::decision;
use mamis_app::mail::bounce;
use mamis_app::notice::actions;
use mamis_app::notice::lists::{self, COUNTED, Found, Line, PAGE, View};
use mamis_app::notice::{FILES, fill};
use mamis_app::{Error, Problem};
use mamis_rules::access::mail_text::may_edit;
use mamis_rules::access::notice::offices_of;
use mamis_rules::base::{AttachmentId, Day, NoticeId};
use mamis_rules::notice::State;
use mamis_schema::{attachment, notice};
use serde::Deserialize;
use uuid::Uuid;

/// What the addresses ask for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    page: String,
    view: String,
    /// The person whom a preview showed.
    behind: String,
}

#[derive(Template)]
#[template(path = "notice/list.html")]
struct ListPage {
    page: Page,
    may_write: bool,
    may_edit_texts: bool,
    rows: Vec<LineView>,
    pager: Pager,
}

struct LineView {
    href: String,
    subject: String,
    badge: &'static str,
    state: &'static str,
    at: String,
    readers: String,
    by: String,
}

/// The notices of one's offices.
pub async fn list(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let number = asked.page.parse().unwrap_or(1);
    let (rows, total) = lists::page(&ctx, number).await?;
    show(&ListPage {
        page: Page::new(&ctx, "お知らせ"),
        may_write: !offices_of(&ctx.actor).is_empty(),
        may_edit_texts: may_edit(&ctx.actor).is_ok(),
        rows: rows.iter().map(line).collect(),
        pager: Pager::new(total, number, PAGE, "/notices", &[]),
    })
}

fn line(row: &notice::Model) -> LineView {
    let state = row.state.parse().unwrap_or(State::Draft);
    let at = if state == State::Draft { row.created_at } else { row.send_at.unwrap_or(row.created_at) };
    let written = row.by_mail + row.by_post;
    LineView {
        href: format!("/notices/{}", row.id),
        subject: row.subject.clone(),
        badge: badge(state),
        state: state.label(),
        at: decision::at(at),
        readers: if written > 0 { format!("{written}人") } else { String::new() },
        by: row.by_name.clone(),
    }
}

fn badge(state: State) -> &'static str {
    match state {
        State::Draft | State::Cancelled => "neutral",
        State::Scheduled | State::Sending => "info",
        State::Sent => "success",
    }
}

#[derive(Template)]
#[template(path = "notice/show.html")]
struct ShowPage {
    page: Page,
    trail: Vec<Crumb>,
    problems: Problems,
    own: String,
    state: State,
    badge: &'static str,
    /// A draft can be changed, sent and removed.
    is_draft: bool,
    /// Letters were written.
    has_left: bool,
    may_stop: bool,
    problem: String,
    office: String,
    subject: String,
    body: String,
    obligatory: bool,
    words: Vec<String>,
    search: String,
    readers: String,
    unsubscribed: i32,
    send_at: String,
    ended_at: String,
    by: String,
    files: Vec<FileView>,
    may_attach: bool,
    most_files: usize,
    version: i64,
    send_on: String,
    send_time: String,
    figures: Vec<FigureView>,
    to_post: u64,
    view: &'static str,
    rows: Vec<LetterView>,
    pager: Pager,
}

struct FileView {
    id: Uuid,
    href: String,
    name: String,
    size: String,
}

struct FigureView {
    label: &'static str,
    href: String,
    count: u64,
    kind: &'static str,
}

struct LetterView {
    href: String,
    name: String,
    kana: String,
    what: String,
    answer: String,
}

/// A notice.
pub async fn page(
    ctx: Ctx,
    Path(id): Path<NoticeId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    show(&show_page(&ctx, id, &asked, None, Problems::default()).await?)
}

async fn show_page(
    ctx: &Ctx,
    id: NoticeId,
    asked: &Asked,
    fields: Option<&Fields>,
    problems: Problems,
) -> Result<ShowPage, WebError> {
    let found = lists::find(ctx, ctx.db(), id).await?;
    let row = &found.row;
    let own = format!("/notices/{id}");
    let is_draft = found.state == State::Draft;
    let has_left = matches!(found.state, State::Sending | State::Sent | State::Cancelled);
    let files = lists::files(ctx.db(), id).await?;
    let (readers, problem) = readers(ctx, &found).await?;
    let question = found.question();
    let figures = if has_left { lists::figures(ctx, id).await? } else { Vec::new() };
    let view = View::read(&asked.view).unwrap_or(View::Bounced);
    let count =
        |wanted: View| figures.iter().find(|(view, _)| *view == wanted).map_or(0, |(_, count)| *count);
    let number = asked.page.parse().unwrap_or(1);
    let rows = if has_left { lists::letters(ctx, id, view, number).await? } else { Vec::new() };
    let typed = |name: &str, default: String| fields.map_or(default, |fields| fields.text(name).to_owned());
    Ok(ShowPage {
        page: Page::new(ctx, row.subject.clone()),
        trail: vec![Crumb::to("/notices", "お知らせ")],
        badge: badge(found.state),
        is_draft,
        has_left,
        may_stop: matches!(found.state, State::Sending | State::Sent)
            && count(View::Waiting) + count(View::ToPost) > 0
            || found.state == State::Sending,
        problem,
        office: found.office.name.clone(),
        subject: row.subject.clone(),
        body: row.body.clone(),
        obligatory: row.obligatory,
        words: question.words(ctx).await?,
        search: link("/physicians", &[]) + "?" + &row.query,
        readers,
        unsubscribed: row.unsubscribed,
        send_at: row.send_at.map(decision::at).unwrap_or_default(),
        ended_at: row.ended_at.map(decision::at).unwrap_or_default(),
        by: row.by_name.clone(),
        may_attach: is_draft && files.len() < FILES,
        files: files.iter().map(file_view).collect(),
        most_files: FILES,
        version: row.version,
        send_on: typed("send_on", ctx.today().next().to_string()),
        send_time: typed("send_time", "09:00".to_owned()),
        to_post: count(View::ToPost),
        figures: figures.iter().map(|(view, count)| figure(&own, *view, *count)).collect(),
        view: view.label(),
        rows: rows.iter().map(letter).collect(),
        pager: Pager::new(count(view), number, PAGE, &own, &[("view", view.name())]),
        state: found.state,
        own,
        problems,
    })
}

/// How many read it, in words, and what stands against it.
async fn readers(ctx: &Ctx, found: &Found) -> Result<(String, String), WebError> {
    let row = &found.row;
    if !matches!(found.state, State::Draft | State::Scheduled) {
        return Ok((format!("{}人", row.by_mail + row.by_post), row.problem.clone()));
    }
    match lists::readers(ctx, found).await {
        Ok(count) if count >= COUNTED => Ok((format!("{COUNTED}人以上"), row.problem.clone())),
        Ok(count) => Ok((format!("{count}人（いまの時点）"), row.problem.clone())),
        Err(Error::Invalid(problems)) => {
            let texts: Vec<String> = problems.into_iter().map(|problem| problem.text).collect();
            Ok(("分かりません".to_owned(), texts.join("")))
        }
        Err(error) => Err(error.into()),
    }
}

fn file_view(row: &attachment::Model) -> FileView {
    FileView {
        id: row.id,
        href: format!("/attachments/{}", row.id),
        name: row.file_name.clone(),
        size: format!("{}KB", (row.size + 1023) / 1024),
    }
}

fn figure(own: &str, view: View, count: u64) -> FigureView {
    let kind = match view {
        View::Bounced if count > 0 => "warning",
        View::Sent | View::Posted => "success",
        _ => "neutral",
    };
    let href = if count > 0 { link(own, &[("view", view.name())]) } else { String::new() };
    FigureView { label: view.label(), href, count, kind }
}

fn letter(line: &Line) -> LetterView {
    let row = &line.row;
    let what = match (row.channel.as_str(), row.state.as_str()) {
        ("post", "posted") => {
            format!("{}に郵送", row.posted_on.map(|on| Day::from(on).japanese()).unwrap_or_default())
        }
        ("post", "waiting") => "郵送待ち".to_owned(),
        (_, "sent") => row.sent_at.map(|at| format!("{}に送信", decision::at(at))).unwrap_or_default(),
        (_, "unneeded") => "送らないことにしました".to_owned(),
        _ if row.attempts > 0 => format!("{}回試し、次の送信を待っています", row.attempts),
        _ => "順番を待っています".to_owned(),
    };
    LetterView {
        href: row.physician.map(|id| format!("/physicians/{id}")).unwrap_or_default(),
        name: line.name.clone(),
        kana: line.kana.clone(),
        what,
        answer: row.bounced_at.map(|_| bounce::meaning(&row.bounce).to_owned()).unwrap_or_default(),
    }
}

#[derive(Template)]
#[template(path = "notice/preview.html")]
struct PreviewPage {
    page: Page,
    trail: Vec<Crumb>,
    name: String,
    way: &'static str,
    office: String,
    subject: String,
    text: String,
    /// Whether the letter has a link that ends the notices.
    can_end: bool,
    next: String,
    own: String,
}

/// The notice as somebody reads it: the first one found, or the one behind the last shown.
pub async fn preview(
    ctx: Ctx,
    Path(id): Path<NoticeId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let found = lists::find(&ctx, ctx.db(), id).await?;
    let own = format!("/notices/{id}");
    match lists::next_reader(&ctx, &found, asked.behind.parse().ok()).await? {
        Some(reader) => show(&preview_page(&ctx, &found, &reader, own)?),
        None if asked.behind.is_empty() => Ok(ctx.lead(
            &own,
            "warning",
            "宛先にあてはまる方がいません。「文面・宛先を変える」から宛先を選び直してください。",
        )),
        None => Ok(ctx.lead(&own, "info", "宛先にあてはまる方は、これで全部です。")),
    }
}

fn preview_page(ctx: &Ctx, found: &Found, reader: &lists::Reader, own: String) -> Result<PreviewPage, Error> {
    let filled = fill(&found.row, &reader.person).map_err(Error::fault)?;
    let behind = reader.id.to_string();
    Ok(PreviewPage {
        page: Page::new(ctx, "お知らせの下見"),
        trail: vec![Crumb::to("/notices", "お知らせ"), Crumb::to(&own, &found.row.subject)],
        name: reader.person.name.clone(),
        way: if reader.by_mail { "メール" } else { "郵送" },
        office: found.office.name.clone(),
        subject: filled.subject,
        text: filled.text,
        can_end: !found.row.obligatory && reader.by_mail,
        next: link(&format!("{own}/preview"), &[("behind", &behind)]),
        own,
    })
}

/// Sends the notice to one's own address.
pub async fn test(ctx: Ctx, Path(id): Path<NoticeId>) -> Result<Response, WebError> {
    actions::test(&ctx, id).await?;
    Ok(ctx.done(&format!("/notices/{id}"), "あなたのメールアドレスに、試し送りをしました。"))
}

/// Lets it leave now or at a time.
pub async fn schedule(ctx: Ctx, Path(id): Path<NoticeId>, fields: Fields) -> Result<Response, WebError> {
    let version = fields.text("version").parse().unwrap_or_default();
    let outcome = match (fields.text("act"), written_at(&fields)) {
        ("now", _) => actions::schedule(&ctx, id, ctx.now, version).await,
        (_, Ok(at)) => actions::schedule(&ctx, id, at, version).await,
        (_, Err(problem)) => Err(Error::Invalid(vec![problem])),
    };
    let text = match (fields.text("act"), written_at(&fields)) {
        ("now", _) | (_, Err(_)) => "送信を受け付けました。このページで、届いた数を確認できます。".to_owned(),
        (_, Ok(at)) => format!("{}に送る予約をしました。", decision::at(at)),
    };
    settled(&ctx, id, outcome, &fields, &text).await
}

/// Makes a draft of one that waits for its time.
pub async fn give_back(ctx: Ctx, Path(id): Path<NoticeId>) -> Result<Response, WebError> {
    actions::give_back(&ctx, id).await?;
    Ok(ctx.done(&format!("/notices/{id}"), "予約を取り消して、下書きに戻しました。"))
}

/// Stops one that leaves.
pub async fn stop(ctx: Ctx, Path(id): Path<NoticeId>) -> Result<Response, WebError> {
    let kept = actions::stop(&ctx, id).await?;
    let text = format!("送信を中止しました。まだ出ていなかった{kept}通は送りません。");
    Ok(ctx.done(&format!("/notices/{id}"), &text))
}

/// Throws a draft away.
pub async fn remove(ctx: Ctx, Path(id): Path<NoticeId>) -> Result<Response, WebError> {
    actions::remove(&ctx, id).await?;
    Ok(ctx.done("/notices", "お知らせの下書きを削除しました。"))
}

/// Lets files go with it.
pub async fn attach(ctx: Ctx, Path(id): Path<NoticeId>, mut fields: Fields) -> Result<Response, WebError> {
    let (uploads, untaken) = fields.take_uploads();
    let outcome = if untaken.is_empty() {
        actions::attach(&ctx, id, uploads.into_iter().map(file).collect()).await
    } else {
        Err(Error::Invalid(untaken))
    };
    settled(&ctx, id, outcome, &fields, "ファイルを添付しました。").await
}

/// Takes a file away.
pub async fn detach(ctx: Ctx, Path(id): Path<NoticeId>, fields: Fields) -> Result<Response, WebError> {
    let wrong = |_| Error::Invalid(vec![Problem::at("files", "外すファイルを選んでください。")]);
    let outcome = match fields.text("file").parse::<AttachmentId>().map_err(wrong) {
        Ok(file) => actions::detach(&ctx, id, file).await,
        Err(error) => Err(error),
    };
    settled(&ctx, id, outcome, &fields, "添付を外しました。").await
}

async fn settled(
    ctx: &Ctx,
    id: NoticeId,
    outcome: mamis_app::Result<()>,
    fields: &Fields,
    text: &str,
) -> Result<Response, WebError> {
    match outcome {
        Ok(()) => Ok(ctx.done(&format!("/notices/{id}"), text)),
        Err(Error::Invalid(problems)) => {
            let page = show_page(ctx, id, &Asked::default(), Some(fields), Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "notice/bounces.html")]
struct BouncesPage {
    page: Page,
    trail: Vec<Crumb>,
    rows: Vec<BounceView>,
    pager: Pager,
}

struct BounceView {
    href: String,
    name: String,
    kana: String,
    subject: String,
    at: String,
    why: &'static str,
    by_post: bool,
}

/// Letters of any kind that came back.
pub async fn bounces(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let number = asked.page.parse().unwrap_or(1);
    let (rows, total) = lists::bounced(&ctx, number).await?;
    let view = |line: &Line| BounceView {
        href: line.row.physician.map(|id| format!("/physicians/{id}")).unwrap_or_default(),
        name: line.name.clone(),
        kana: line.kana.clone(),
        subject: line.row.subject.clone(),
        at: line.row.bounced_at.map(decision::at).unwrap_or_default(),
        why: bounce::meaning(&line.row.bounce),
        by_post: line.goes_by_post,
    };
    show(&BouncesPage {
        page: Page::new(&ctx, "届かなかったメール"),
        trail: vec![Crumb::to("/notices", "お知らせ")],
        rows: rows.iter().map(view).collect(),
        pager: Pager::new(total, number, PAGE, "/bounces", &[]),
    })
}
