//! The one-time code of officers, and the registration of an authenticator app.

use super::super::{Caller, encoded, local_path};
use super::{Asked, enter};
use crate::ctx::{Ctx, see_other};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::layer::session::cookie;
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use fast_qr::{ECL, QRBuilder};
use mamis_app::Error;
use mamis_app::account::actions;
use mamis_app::account::lists::{self, Current, SecondFactor};
use mamis_app::account::one_time_code::Offer;
use std::fmt::Write;

#[derive(Template)]
#[template(path = "account/second_factor.html")]
struct CodePage {
    page: Page,
    next: String,
    problems: Problems,
    /// The demo says the code: nobody has the app of an invented officer.
    demo_code: Option<String>,
}

impl CodePage {
    async fn new(ctx: &Ctx, next: &str, problems: Problems) -> Result<Self, WebError> {
        Ok(Self {
            page: Page::new(ctx, "確認コードの入力"),
            next: local_path(next).to_owned(),
            problems,
            demo_code: crate::demo::code_of_reader(ctx).await?,
        })
    }
}

/// Asks for the code, or leads to the registration of an app when there is none yet.
pub async fn second_factor(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let Some(current) = owing(&ctx) else {
        return Ok(see_other(local_path(&asked.next)));
    };
    if lists::confirmed_credential(ctx.db(), current.account).await?.is_none() {
        let next = encoded(local_path(&asked.next));
        return Ok(see_other(&format!("/login/second-factor/new?next={next}")));
    }
    show(&CodePage::new(&ctx, &asked.next, Problems::default()).await?)
}

/// Takes the code, or a recovery code in its place.
pub async fn give_code(ctx: Ctx, Caller(origin): Caller, fields: Fields) -> Result<Response, WebError> {
    let next = fields.text("next");
    let (current, recovery_code) = (ctx.current.as_deref(), fields.text("recovery_code"));
    let outcome = match recovery_code.is_empty() {
        true => actions::give_code(&ctx, current, fields.text("code"), &origin).await,
        false => actions::give_recovery_code(&ctx, current, recovery_code, &origin).await,
    };
    match outcome {
        Ok(opened) => Ok(enter(&ctx, &opened, next)),
        Err(Error::Invalid(problems)) => {
            let page = CodePage::new(&ctx, next, Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "account/enrolment.html")]
struct EnrolmentPage {
    page: Page,
    next: String,
    offer: Offer,
    address: String,
    qr: Qr,
    /// The demo plays the phone here too.
    demo_code: Option<String>,
    problems: Problems,
}

impl EnrolmentPage {
    fn new(
        ctx: &Ctx,
        login_id: &str,
        offer: Offer,
        next: &str,
        problems: Problems,
    ) -> Result<Self, WebError> {
        let address = offer.address(login_id)?;
        Ok(Self {
            page: Page::new(ctx, "認証アプリの登録"),
            next: local_path(next).to_owned(),
            qr: Qr::of(&address)?,
            demo_code: crate::demo::code_of_offer(ctx, &offer)?,
            address,
            offer,
            problems,
        })
    }
}

/// A set of recovery codes, this once.
#[derive(Template)]
#[template(path = "account/recovery_codes.html")]
pub(super) struct RecoveryCodesPage {
    page: Page,
    codes: Vec<String>,
    next: String,
}

impl RecoveryCodesPage {
    pub(super) fn new(ctx: &Ctx, codes: Vec<String>, next: &str) -> Self {
        Self { page: Page::new(ctx, "予備コードの控え"), codes, next: local_path(next).to_owned() }
    }
}

/// Offers a secret. Nothing is written until the app has shown its first code.
pub async fn enrolment(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let Some(current) = owing(&ctx) else {
        return Ok(see_other(local_path(&asked.next)));
    };
    if lists::confirmed_credential(ctx.db(), current.account).await?.is_some() {
        let next = encoded(local_path(&asked.next));
        return Ok(see_other(&format!("/login/second-factor?next={next}")));
    }
    let own = lists::own(&ctx).await?;
    let offer = Offer::new(&ctx.app.secret, current.account)?;
    show(&EnrolmentPage::new(&ctx, &own.login_id, offer, &asked.next, Problems::default())?)
}

/// Registers the app.
pub async fn enrol(ctx: Ctx, Caller(origin): Caller, fields: Fields) -> Result<Response, WebError> {
    let offer =
        Offer { secret: fields.text("secret").to_owned(), signature: fields.text("signature").to_owned() };
    let next = fields.text("next");
    match actions::enrol(&ctx, ctx.current.as_deref(), &offer, fields.text("code"), &origin).await {
        Ok(enrolled) => {
            // Shown in answer to the form and nowhere else: another load of the page is refused.
            let mut response = show(&RecoveryCodesPage::new(&ctx, enrolled.recovery_codes, next))?;
            response.headers_mut().append(SET_COOKIE, cookie(&ctx.app, &enrolled.opened.token));
            Ok(response)
        }
        Err(Error::Invalid(problems)) => {
            let own = lists::own(&ctx).await?;
            let page = EnrolmentPage::new(&ctx, &own.login_id, offer, next, Problems(problems))?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

fn owing(ctx: &Ctx) -> Option<&Current> {
    ctx.current.as_deref().filter(|current| current.second_factor == SecondFactor::Owed)
}

/// A QR code as the outline of one path.
#[derive(Debug)]
struct Qr {
    /// Side in modules, quiet zone included.
    side: usize,
    path: String,
}

impl Qr {
    fn of(text: &str) -> Result<Self, WebError> {
        // The free border a reader needs (ISO/IEC 18004).
        const QUIET: usize = 4;
        let code = QRBuilder::new(text)
            .ecl(ECL::M)
            .build()
            .map_err(|error| Error::fault(format!("QR code: {error:?}")))?;
        let mut path = String::new();
        for y in 0..code.size {
            for x in (0..code.size).filter(|x| code[y][*x].value()) {
                write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET).map_err(Error::fault)?;
            }
        }
        Ok(Self { side: code.size + 2 * QUIET, path })
    }
}
