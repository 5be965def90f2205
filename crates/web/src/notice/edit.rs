//! Writing a notice.

use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Crumb};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, NaiveTime, Utc};
use mamis_app::notice::SUBJECT;
use mamis_app::notice::actions::{self, Written};
use mamis_app::notice::lists::{self, Found};
use mamis_app::physician::lists::asked::Question;
use mamis_app::saved_search::lists as saved;
use mamis_app::{Error, Problem};
use mamis_rules::access::notice::offices_of;
use mamis_rules::base::{AssociationId, Day, NoticeId};
use mamis_rules::notice::text::known;

#[derive(Template)]
#[template(path = "notice/edit.html")]
struct EditPage {
    page: Page,
    trail: Vec<Crumb>,
    problems: Problems,
    /// Where the form goes.
    action: String,
    back: String,
    offices: Vec<Choice>,
    office: String,
    written: Written,
    /// Whom the notice can go to: what was searched for, and the saved searches.
    questions: Vec<Choice>,
    known: String,
    subject_letters: usize,
    version: i64,
}

/// The form; the address may say who is meant, as the people search does.
pub async fn new(ctx: Ctx, RawQuery(query): RawQuery) -> Result<Response, WebError> {
    let question = Question::read(&query.unwrap_or_default());
    let written =
        Written { query: question.write(), body: "{氏名} 先生\n\n".to_owned(), ..Written::default() };
    show(&new_page(&ctx, written, "", Problems::default()).await?)
}

/// Begins a notice.
pub async fn create(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let written = typed(&fields);
    let office = fields.text("office");
    let outcome = match office.parse::<AssociationId>() {
        Ok(office) => actions::create(&ctx, office, &written).await,
        Err(_) => Err(Error::invalid("office", "差出人を選んでください。")),
    };
    match outcome {
        Ok(id) => {
            let text = "下書きを作りました。下見と試し送りで確かめてから、送信してください。";
            Ok(ctx.done(&format!("/notices/{id}"), text))
        }
        Err(Error::Invalid(problems)) => {
            let page = new_page(&ctx, written, office, Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn new_page(
    ctx: &Ctx,
    written: Written,
    office: &str,
    problems: Problems,
) -> Result<EditPage, WebError> {
    let offices = offices(ctx).await?;
    if offices.is_empty() {
        return Err(Error::NotFound.into());
    }
    let first = offices.first().map(|office| office.value.clone()).unwrap_or_default();
    let office = if office.is_empty() { first } else { office.to_owned() };
    Ok(EditPage {
        page: Page::new(ctx, "お知らせを書く"),
        trail: vec![Crumb::to("/notices", "お知らせ")],
        action: "/notices".to_owned(),
        back: "/notices".to_owned(),
        offices,
        office,
        ..edit_page(ctx, written, problems).await?
    })
}

async fn edit_page(ctx: &Ctx, written: Written, problems: Problems) -> Result<EditPage, WebError> {
    Ok(EditPage {
        page: Page::new(ctx, "お知らせの変更"),
        trail: Vec::new(),
        problems,
        action: String::new(),
        back: String::new(),
        offices: Vec::new(),
        office: String::new(),
        questions: questions(ctx, &written.query).await?,
        written,
        known: known(),
        subject_letters: SUBJECT,
        version: 0,
    })
}

/// The offices in whose name the actor writes.
async fn offices(ctx: &Ctx) -> Result<Vec<Choice>, WebError> {
    let mut found = Vec::new();
    for (id, _, _) in offices_of(&ctx.actor) {
        let seat = mamis_app::duty::lists::seat(ctx.db(), mamis_rules::association::Host::Association(id));
        found.push(Choice::new(&id.to_string(), &seat.await?.name));
    }
    Ok(found)
}

/// The question at hand in words, all members, and the saved searches.
async fn questions(ctx: &Ctx, query: &str) -> Result<Vec<Choice>, WebError> {
    let at_hand = Question::read(query);
    let mut choices = Vec::new();
    let members = Question::read("category=member");
    if !at_hand.is_open() && at_hand != members {
        let words = at_hand.words(ctx).await?;
        choices.push(Choice::new(&at_hand.write(), &format!("検索した条件（{}）", words.join("、"))));
    }
    choices.push(Choice::new(&members.write(), "この事務局から見える会員全員"));
    for line in saved::list(ctx).await? {
        let question = Question::read(&line.row.query).write();
        if choices.iter().all(|choice| choice.value != question) && !question.is_empty() {
            choices.push(Choice::new(&question, &format!("保存した検索「{}」", line.row.name)));
        }
    }
    Ok(choices)
}

fn typed(fields: &Fields) -> Written {
    Written {
        subject: fields.text("subject").to_owned(),
        body: fields.raw("body").replace("\r\n", "\n"),
        query: fields.text("query").to_owned(),
        obligatory: !fields.text("obligatory").is_empty(),
    }
}

/// The form of a draft.
pub async fn edit(ctx: Ctx, Path(id): Path<NoticeId>) -> Result<Response, WebError> {
    let found = lists::find(&ctx, ctx.db(), id).await?;
    found.state.after(mamis_rules::notice::Command::Edit).map_err(Error::from)?;
    let row = &found.row;
    let written = Written {
        subject: row.subject.clone(),
        body: row.body.clone(),
        query: row.query.clone(),
        obligatory: row.obligatory,
    };
    show(&changed_page(&ctx, &found, written, row.version, Problems::default()).await?)
}

async fn changed_page(
    ctx: &Ctx,
    found: &Found,
    written: Written,
    version: i64,
    problems: Problems,
) -> Result<EditPage, WebError> {
    let own = format!("/notices/{}", found.row.id);
    Ok(EditPage {
        trail: vec![Crumb::to("/notices", "お知らせ"), Crumb::to(&own, &found.row.subject)],
        action: own.clone(),
        back: own,
        version,
        ..edit_page(ctx, written, problems).await?
    })
}

/// Saves a draft.
pub async fn save(ctx: Ctx, Path(id): Path<NoticeId>, fields: Fields) -> Result<Response, WebError> {
    let written = typed(&fields);
    let version = fields.text("version").parse().unwrap_or_default();
    match actions::save(&ctx, id, &written, version).await {
        Ok(()) => Ok(ctx.done(&format!("/notices/{id}"), "下書きを保存しました。")),
        Err(Error::Invalid(problems)) => {
            let found = lists::find(&ctx, ctx.db(), id).await?;
            let page = changed_page(&ctx, &found, written, version, Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// Day and time of day in Japan, as typed.
///
/// # Errors
/// The problem at its field.
pub(super) fn written_at(fields: &Fields) -> Result<DateTime<Utc>, Problem> {
    let day = Day::parse_written(fields.text("send_on"))
        .map_err(|_| Problem::at("send_on", "送る日を入力してください。"))?;
    let time = NaiveTime::parse_from_str(fields.text("send_time"), "%H:%M")
        .map_err(|_| Problem::at("send_time", "送る時刻を、09:00 のように入力してください。"))?;
    Ok(day.begins_at() + (time - NaiveTime::MIN))
}
