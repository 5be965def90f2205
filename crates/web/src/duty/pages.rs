//! Forms that give an officer a duty, and that end one.

use super::{DutyFields, appointment, colleagues, day};
use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Crumb};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::duty::{actions, lists};
use mamis_app::officer::lists as officers;
use mamis_rules::access::officer::Hand;
use mamis_rules::base::{DutyId, OfficerId};

#[derive(Template)]
#[template(path = "duty/new.html")]
struct NewPage {
    page: Page,
    trail: Vec<Crumb>,
    action: String,
    back: String,
    form: DutyFields,
    colleagues: Vec<Choice>,
    deputy_of: String,
}

/// The form for more duties.
pub async fn new(ctx: Ctx, Path(id): Path<OfficerId>) -> Result<Response, WebError> {
    show(&new_page(&ctx, id, None, Problems::default()).await?)
}

/// Gives the duties.
pub async fn create(ctx: Ctx, Path(id): Path<OfficerId>, fields: Fields) -> Result<Response, WebError> {
    let outcome = match appointment(&fields) {
        Ok(appointment) => actions::appoint(&ctx, id, &appointment).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => {
            Ok(ctx.done(&format!("/officers/{id}"), "職務を登録しました。本人にメールでお知らせします。"))
        }
        Err(Error::Invalid(problems)) => {
            let page = new_page(&ctx, id, Some(&fields), Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn new_page(
    ctx: &Ctx,
    id: OfficerId,
    fields: Option<&Fields>,
    problems: Problems,
) -> Result<NewPage, WebError> {
    let seen = officers::find(ctx, ctx.db(), id).await?;
    let seats = lists::seats_for(ctx, id).await?;
    let back = format!("/officers/{id}");
    Ok(NewPage {
        page: Page::new(ctx, "職務の追加"),
        trail: vec![Crumb::to("/officers", "職員"), Crumb::to(&back, &seen.row.name)],
        action: format!("{back}/duties"),
        back,
        form: DutyFields::new(&seats, fields, ctx.today(), problems),
        colleagues: colleagues(ctx, &seats, id).await?,
        deputy_of: fields.map(|fields| fields.text("deputy_of").to_owned()).unwrap_or_default(),
    })
}

#[derive(Template)]
#[template(path = "duty/ending.html")]
struct EndingPage {
    page: Page,
    trail: Vec<Crumb>,
    action: String,
    back: String,
    name: String,
    duty: String,
    office: String,
    since: String,
    last_day: String,
    reason: String,
    version: i64,
    from_above: bool,
    problems: Problems,
}

/// Asks for the last day.
pub async fn ending(ctx: Ctx, Path(id): Path<DutyId>) -> Result<Response, WebError> {
    show(&ending_page(&ctx, id, None, Problems::default()).await?)
}

/// Ends a duty.
pub async fn end(ctx: Ctx, Path(id): Path<DutyId>, fields: Fields) -> Result<Response, WebError> {
    let mut problems = Vec::new();
    let last = day(&fields, "last_day", "最後の日を入力してください。", &mut problems);
    let outcome = match last {
        Some(last) => {
            let version = fields.text("version").parse().unwrap_or_default();
            actions::end(&ctx, id, last, fields.text("reason"), version).await
        }
        None => Err(Error::Invalid(problems)),
    };
    ended(&ctx, id, outcome, &fields).await
}

async fn ended(
    ctx: &Ctx,
    id: DutyId,
    outcome: mamis_app::Result<()>,
    fields: &Fields,
) -> Result<Response, WebError> {
    match outcome {
        Ok(()) => {
            let (row, ..) = lists::find(ctx, ctx.db(), id).await?;
            let back = format!("/officers/{}", row.officer);
            Ok(ctx.done(&back, "職務の最後の日を登録しました。本人にメールでお知らせします。"))
        }
        Err(Error::Invalid(problems)) => {
            let page = ending_page(ctx, id, Some(fields), Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn ending_page(
    ctx: &Ctx,
    id: DutyId,
    fields: Option<&Fields>,
    problems: Problems,
) -> Result<EndingPage, WebError> {
    let (row, seen, seat, hand) = lists::find(ctx, ctx.db(), id).await?;
    let back = format!("/officers/{}", row.officer);
    let kind: mamis_rules::access::Duty = row.kind.parse().map_err(Error::fault)?;
    let typed = |name: &str| fields.map(|fields| fields.text(name).to_owned());
    Ok(EndingPage {
        page: Page::new(ctx, "職務の終わり"),
        trail: vec![Crumb::to("/officers", "職員"), Crumb::to(&back, &seen.row.name)],
        action: format!("/duties/{id}/endings"),
        back,
        name: seen.row.name,
        duty: kind.label().to_owned(),
        office: seat.name,
        since: mamis_rules::base::Day::from(row.valid_from).japanese(),
        last_day: typed("last_day").unwrap_or_else(|| ctx.today().to_string()),
        reason: typed("reason").unwrap_or_default(),
        version: row.version,
        from_above: hand == Hand::OnBehalf,
        problems,
    })
}
