//! Workplaces: several, one of them the main one.

use super::{taken, trail};
use crate::address::{Found, Taken};
use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Crumb, prefectures};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::address::hyphened;
use mamis_app::membership_application::Workplace;
use mamis_app::my::actions::Saved;
use mamis_app::my::actions::workplace::{self as actions, Role, Typed};
use mamis_app::my::lists::registration as lists;
use mamis_rules::base::Day;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "my/registration/workplace.html")]
struct WorkplacePage {
    page: Page,
    trail: Vec<Crumb>,
    /// Where the form goes.
    action: String,
    is_member: bool,
    /// A new one: whether it becomes the main one is asked.
    is_new: bool,
    main: bool,
    place: Workplace,
    prefecture: String,
    prefectures: Vec<Choice>,
    roles: Vec<Choice>,
    role: &'static str,
    from: String,
    /// Where the end is written down; empty for the main one and for a new one.
    ending: String,
    until: String,
    found: Found,
    problems: Problems,
}

/// What a form is about and what was typed.
struct Form {
    id: Option<Uuid>,
    typed: Typed,
    from: String,
    until: String,
}

/// A new workplace.
pub async fn new(ctx: Ctx) -> Result<Response, WebError> {
    let form = Form {
        id: None,
        typed: Typed { role: Role::Other, ..Typed::default() },
        from: ctx.today().to_string(),
        until: String::new(),
    };
    show(&template(&ctx, form, Found::default(), Problems::default()).await?)
}

/// One that is registered.
pub async fn edit(ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response, WebError> {
    let form = registered(&ctx, id).await?;
    show(&template(&ctx, form, Found::default(), Problems::default()).await?)
}

async fn registered(ctx: &Ctx, id: Uuid) -> Result<Form, WebError> {
    let row = lists::workplace(ctx, id).await?;
    let place = Workplace::from(&row);
    let typed = Typed {
        place: Workplace { postal_code: hyphened(&place.postal_code), ..place },
        role: if row.main { Role::Main } else { Role::Other },
        from: None,
    };
    let from = if row.main { ctx.today().to_string() } else { row.valid_from.to_string() };
    Ok(Form { id: Some(id), typed, from, until: ctx.today().to_string() })
}

/// Takes a new one, or looks its address up.
pub async fn create(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let form = read(None, &fields);
    match look_up(&ctx, &form, &fields).await? {
        Some(found) => Ok(found),
        None => {
            let outcome = actions::add(&ctx, &form.typed).await;
            answer(&ctx, form, outcome).await
        }
    }
}

/// Takes the change of one, or looks its address up.
pub async fn save(ctx: Ctx, Path(id): Path<Uuid>, fields: Fields) -> Result<Response, WebError> {
    let form = read(Some(id), &fields);
    match look_up(&ctx, &form, &fields).await? {
        Some(found) => Ok(found),
        None => {
            let outcome = actions::change(&ctx, id, &form.typed).await;
            answer(&ctx, form, outcome).await
        }
    }
}

/// Ends one beside the main one.
pub async fn end(ctx: Ctx, Path(id): Path<Uuid>, fields: Fields) -> Result<Response, WebError> {
    let until = fields.text("until").to_owned();
    match actions::end(&ctx, id, Day::parse_written(&until).ok()).await {
        Ok(()) => Ok(ctx.done("/my/registration", "勤務先の最後の日を登録しました。")),
        Err(Error::Invalid(problems)) => {
            let form = Form { until, ..registered(&ctx, id).await? };
            let page = template(&ctx, form, Found::default(), Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn look_up(ctx: &Ctx, form: &Form, fields: &Fields) -> Result<Option<Response>, WebError> {
    let Some(found) = Found::asked(fields, &form.typed.place.postal_code) else { return Ok(None) };
    let mut typed = form.typed.clone();
    if let Taken::Place(place) = &found.taken {
        place.put_into(&mut typed.place.address);
        typed.place.prefecture = place.prefecture.into();
        if typed.place.name.is_empty() {
            typed.place.name.clone_from(&place.name);
        }
    }
    let form = Form { id: form.id, typed, from: form.from.clone(), until: form.until.clone() };
    Ok(Some(show(&template(ctx, form, found, Problems::default()).await?)?))
}

async fn answer(ctx: &Ctx, form: Form, outcome: mamis_app::Result<Saved>) -> Result<Response, WebError> {
    match outcome {
        Ok(saved) => Ok(taken(ctx, saved)),
        Err(Error::Invalid(problems)) => {
            let page = template(ctx, form, Found::default(), Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

fn read(id: Option<Uuid>, fields: &Fields) -> Form {
    let from = fields.text("from").to_owned();
    let typed = Typed {
        place: Workplace {
            name: fields.text("workplace_name").to_owned(),
            postal_code: fields.text("workplace_postal_code").to_owned(),
            address: fields.text("workplace_address").to_owned(),
            prefecture: fields.text("workplace_prefecture").parse().unwrap_or_default(),
        },
        role: if fields.text("role") == "main" { Role::Main } else { Role::Other },
        from: Day::parse_written(&from).ok(),
    };
    Form { id, typed, from, until: fields.text("until").to_owned() }
}

async fn template(
    ctx: &Ctx,
    form: Form,
    found: Found,
    problems: Problems,
) -> Result<WorkplacePage, WebError> {
    let registration = lists::registration(ctx).await?;
    let main = match form.id {
        Some(id) => registration.workplaces.iter().any(|row| row.id == id && row.main),
        None => form.typed.role == Role::Main,
    };
    let to = form.id.map_or_else(|| "/my/workplaces".to_owned(), |id| format!("/my/workplaces/{id}"));
    Ok(WorkplacePage {
        page: Page::new(ctx, if form.id.is_none() { "勤務先を加える" } else { "勤務先の変更" }),
        trail: trail(ctx),
        ending: if form.id.is_some() && !main { format!("{to}/endings") } else { String::new() },
        action: to,
        is_member: registration.is_member(),
        is_new: form.id.is_none(),
        main,
        prefecture: match form.typed.place.prefecture {
            0 => String::new(),
            code => code.to_string(),
        },
        place: form.typed.place,
        prefectures: prefectures(),
        roles: vec![
            Choice::new("main", "主たる勤務先（いまの主たる勤務先と入れ替えます）"),
            Choice::new("other", "その他の勤務先"),
        ],
        role: if form.typed.role == Role::Main { "main" } else { "other" },
        from: form.from,
        until: form.until,
        found,
        problems,
    })
}
