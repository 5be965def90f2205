//! The pages of whoever registers.

use super::form::{self, Held};
use crate::account::pages::{TermsText, typed_twice};
use crate::account::{Caller, pages as account};
use crate::ctx::Ctx;
use crate::desk::paging::{Choice, prefectures};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::account::password::MIN_LENGTH;
use mamis_app::registration::actions::{NewAccount, begin_claim, begin_new, open};
use mamis_app::registration::lists::{self, Open};
use mamis_app::terms::Block;
use mamis_app::{Error, Problem};
use mamis_rules::base::full_name;

#[derive(Template)]
#[template(path = "registration/new.html")]
struct NewPage {
    page: Page,
    fields: Fields,
    held: Held,
    prefectures: Vec<Choice>,
    sexes: Vec<Choice>,
    problems: Problems,
}

fn new_page(ctx: &Ctx, fields: Fields, held: Held, problems: Problems) -> NewPage {
    NewPage {
        page: Page::new(ctx, "利用者登録（会員でない医師の方）"),
        fields,
        held,
        prefectures: prefectures(),
        sexes: vec![
            Choice::new("male", "男性"),
            Choice::new("female", "女性"),
            Choice::new("unknown", "答えない"),
        ],
        problems,
    }
}

/// The form of a new person.
pub async fn new(ctx: Ctx) -> Result<Response, WebError> {
    show(&new_page(&ctx, Fields::default(), Held::default(), Problems::default()))
}

/// Takes the form, and says the same whether the person is known or not.
pub async fn create(ctx: Ctx, caller: Caller, mut fields: Fields) -> Result<Response, WebError> {
    let (held, untaken) = form::held(&ctx, &mut fields, &caller).await?;
    let outcome = match untaken.is_empty() {
        true => begin_new(&ctx, &form::new(&fields), &held.token, &caller.0).await,
        // Without the picture nothing is begun: what else must be mended is said beside it.
        false => match begin_new(&ctx, &form::new(&fields), "", &caller.0).await {
            Err(Error::Invalid(others)) => Err(Error::Invalid(with_file(others, untaken))),
            other => other,
        },
    };
    match outcome {
        Ok(()) => sent(&ctx, fields.text("email")),
        Err(Error::Invalid(problems)) => {
            let page = new_page(&ctx, fields, held, Problems(problems));
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// What is wrong with the form, and with the file instead of its absence.
fn with_file(mut problems: Vec<Problem>, untaken: Vec<Problem>) -> Vec<Problem> {
    let at = problems.iter().position(|problem| problem.field == "licence").unwrap_or(problems.len());
    problems.retain(|problem| problem.field != "licence");
    problems.splice(at..at, untaken);
    problems
}

#[derive(Template)]
#[template(path = "registration/claim.html")]
struct ClaimPage {
    page: Page,
    fields: Fields,
    problems: Problems,
}

fn claim_page(ctx: &Ctx, fields: Fields, problems: Problems) -> ClaimPage {
    ClaimPage { page: Page::new(ctx, "登録がある方のご本人の確認"), fields, problems }
}

/// The form of somebody in the register.
pub async fn new_claim(ctx: Ctx) -> Result<Response, WebError> {
    show(&claim_page(&ctx, Fields::default(), Problems::default()))
}

/// Takes the form, and says the same whether the data are right or not.
pub async fn claim(ctx: Ctx, Caller(origin): Caller, fields: Fields) -> Result<Response, WebError> {
    match begin_claim(&ctx, &form::claim(&fields), &origin).await {
        Ok(()) => sent(&ctx, fields.text("email")),
        Err(Error::Invalid(problems)) => {
            let page = claim_page(&ctx, fields, Problems(problems));
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "registration/sent.html")]
struct SentPage {
    page: Page,
    email: String,
}

fn sent(ctx: &Ctx, email: &str) -> Result<Response, WebError> {
    show(&SentPage { page: Page::new(ctx, "確認のメールを送りました"), email: email.to_owned() })
}

#[derive(Template)]
#[template(path = "registration/open.html")]
struct OpenPage {
    page: Page,
    action: String,
    name: String,
    email: String,
    login_id: String,
    /// In the register already: no licence is compared.
    is_known: bool,
    agrees: bool,
    terms: TermsText,
    min_length: usize,
    problems: Problems,
}

async fn open_page(
    ctx: &Ctx,
    token: &str,
    open: Open,
    agrees: bool,
    problems: Problems,
) -> Result<OpenPage, WebError> {
    let data = &open.data;
    Ok(OpenPage {
        page: Page::new(ctx, "利用を始める"),
        action: format!("/registrations/{token}"),
        name: full_name(&data.family_name, &data.given_name),
        email: open.row.email,
        login_id: open.login_id,
        is_known: open.is_known,
        agrees,
        terms: TermsText::in_force(ctx).await?,
        min_length: MIN_LENGTH,
        problems,
    })
}

#[derive(Template)]
#[template(path = "registration/over.html")]
struct OverPage {
    page: Page,
}

fn over(ctx: &Ctx) -> Result<Response, WebError> {
    let page = OverPage { page: Page::new(ctx, "このリンクは使えません") };
    show_with(StatusCode::NOT_FOUND, &page)
}

/// What the mailed link shows. Opening it changes nothing.
pub async fn opening(ctx: Ctx, Path(token): Path<String>) -> Result<Response, WebError> {
    match lists::by_link(&ctx, &token).await? {
        None => over(&ctx),
        Some(found) => show(&open_page(&ctx, &token, found, false, Problems::default()).await?),
    }
}

/// Makes the account and logs in.
pub async fn begin(
    ctx: Ctx,
    Caller(origin): Caller,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, WebError> {
    let Some(found) = lists::by_link(&ctx, &token).await? else { return over(&ctx) };
    let outcome = match typed(&fields) {
        Ok(new) => open(&ctx, &token, &new, &origin).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(opened) => Ok(account::enter(&ctx, &opened, "/my")),
        Err(Error::Invalid(problems)) => {
            let agrees = fields.text("agree") == "1";
            let page = open_page(&ctx, &token, found, agrees, Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(Error::NotFound) => over(&ctx),
        Err(error) => Err(error.into()),
    }
}

fn typed(fields: &Fields) -> Result<NewAccount<'_>, Error> {
    let password = typed_twice(fields)?;
    Ok(NewAccount { password, agrees: fields.text("agree") == "1" })
}
