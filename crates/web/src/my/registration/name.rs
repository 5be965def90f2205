//! The name and its reading.

use super::{taken, trail};
use crate::ctx::Ctx;
use crate::desk::paging::Crumb;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::my::actions::{self, Name};
use mamis_app::my::lists::registration as lists;
use mamis_app::{Error, Problem};
use mamis_rules::base::Day;
use mamis_rules::physician::kana;

#[derive(Template)]
#[template(path = "my/registration/name.html")]
struct NamePage {
    page: Page,
    trail: Vec<Crumb>,
    is_member: bool,
    typed: Name,
    since: String,
    problems: Problems,
}

/// The form as registered.
pub async fn form(ctx: Ctx) -> Result<Response, WebError> {
    let row = lists::registration(&ctx).await?.row;
    let typed = Name {
        family_name: row.family_name,
        given_name: row.given_name,
        family_kana: row.family_kana,
        given_kana: row.given_kana,
        since: None,
    };
    show(&template(&ctx, typed, ctx.today().to_string(), Problems::default()).await?)
}

/// Takes the change, or offers the reading in katakana.
pub async fn save(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let since = fields.text("since").to_owned();
    let typed = read(&fields);
    let outcome = match Day::parse_written(&since) {
        Ok(_) => actions::change_name(&ctx, &typed).await,
        Err(_) => Err(Error::Invalid(vec![Problem::at("since", "変わった日を入力してください。")])),
    };
    match outcome {
        Ok(saved) => Ok(taken(&ctx, saved)),
        Err(Error::Invalid(problems)) => {
            let page = template(&ctx, proposed(typed), since, Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// Names are kept exactly as typed.
fn read(fields: &Fields) -> Name {
    Name {
        family_name: fields.raw("family_name").to_owned(),
        given_name: fields.raw("given_name").to_owned(),
        family_kana: fields.text("family_kana").to_owned(),
        given_kana: fields.text("given_kana").to_owned(),
        since: Day::parse_written(fields.text("since")).ok(),
    }
}

/// What is offered stands in the field; whoever presses again takes it.
fn proposed(mut typed: Name) -> Name {
    for reading in [&mut typed.family_kana, &mut typed.given_kana] {
        if let Some(proposed) = kana::propose(reading) {
            *reading = proposed;
        }
    }
    typed
}

async fn template(ctx: &Ctx, typed: Name, since: String, problems: Problems) -> Result<NamePage, WebError> {
    Ok(NamePage {
        page: Page::new(ctx, "氏名の変更"),
        trail: trail(ctx),
        is_member: lists::registration(ctx).await?.is_member(),
        typed,
        since,
        problems,
    })
}
