//! What an external organizer opens: the form, and the link that proves the address.

use crate::account::Caller;
use crate::ctx::Ctx;
use crate::desk::paging::{Choice, prefectures};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::organizer::actions::{self, Registration};
use mamis_app::organizer::lists::by_link;

#[derive(Template)]
#[template(path = "organizer/new.html")]
struct NewPage {
    page: Page,
    asked: Registration,
    prefectures: Vec<Choice>,
    prefecture: String,
    problems: Problems,
}

#[derive(Template)]
#[template(path = "organizer/sent.html")]
struct SentPage {
    page: Page,
    email: String,
}

/// The form.
pub async fn new(ctx: Ctx) -> Result<Response, WebError> {
    show(&new_page(&ctx, Registration::default(), Problems::default()))
}

fn new_page(ctx: &Ctx, asked: Registration, problems: Problems) -> NewPage {
    NewPage {
        page: Page::new(ctx, "外部団体の登録を申し込む"),
        prefectures: prefectures(),
        prefecture: if asked.prefecture == 0 { String::new() } else { asked.prefecture.to_string() },
        asked,
        problems,
    }
}

/// Keeps it and mails the link.
pub async fn create(ctx: Ctx, Caller(origin): Caller, fields: Fields) -> Result<Response, WebError> {
    let asked = typed(&fields);
    match actions::register(&ctx, &asked, &origin).await {
        Ok(()) => show(&SentPage {
            page: Page::new(&ctx, "確認のメールを送りました"), email: asked.email
        }),
        Err(Error::Invalid(problems)) => {
            let page = new_page(&ctx, asked, Problems(problems));
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

fn typed(fields: &Fields) -> Registration {
    let text = |name: &str| fields.text(name).to_owned();
    Registration {
        name: text("name"),
        kana: text("kana"),
        prefecture: fields.text("prefecture").parse().unwrap_or_default(),
        address: text("address"),
        phone: text("phone"),
        purpose: text("purpose"),
        contact_name: text("contact_name"),
        contact_kana: text("contact_kana"),
        email: text("email"),
    }
}

#[derive(Template)]
#[template(path = "organizer/verification.html")]
struct VerificationPage {
    page: Page,
    /// Empty where the link works no more.
    name: String,
    email: String,
    token: String,
}

/// What the link opens: a question, since programs that read mails open links as well.
pub async fn verification(ctx: Ctx, Path(token): Path<String>) -> Result<Response, WebError> {
    let row = by_link(&ctx, &token).await?;
    show(&VerificationPage {
        page: Page::new(&ctx, "外部団体の登録の申込み"),
        name: row.as_ref().map(|row| row.name.clone()).unwrap_or_default(),
        email: row.map(|row| row.email).unwrap_or_default(),
        token,
    })
}

#[derive(Template)]
#[template(path = "organizer/received.html")]
struct ReceivedPage {
    page: Page,
    office: String,
}

/// Sends the registration to the prefectural association.
pub async fn verify(ctx: Ctx, Path(token): Path<String>) -> Result<Response, WebError> {
    let office = actions::verify(&ctx, &token).await?;
    show(&ReceivedPage { page: Page::new(&ctx, "申込みを受け付けました"), office })
}
