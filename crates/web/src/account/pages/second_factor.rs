//! The one-time code of officers, and the registration of an authenticator app.

use super::super::{Caller, encoded, local_path};
use super::own::device_name;
use super::{Asked, enter};
use crate::ctx::{Ctx, see_other};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::layer::session::cookie;
use crate::page::{Page, show, show_with};
use crate::qr::Qr;
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::account::Origin;
use mamis_app::account::actions::{self, Enrolled};
use mamis_app::account::lists::{self, Current, SecondFactor};
use mamis_app::account::one_time_code::Offer;
use mamis_app::passkey::Place;
use mamis_app::passkey::lists::{Factors, factors};

#[derive(Template)]
#[template(path = "account/second_factor.html")]
struct CodePage {
    page: Page,
    next: String,
    problems: Problems,
    /// The demo says the code: nobody has the app of an invented officer.
    demo_code: Option<String>,
    /// What this officer has registered.
    factors: Factors,
    /// Where passkeys work.
    place: Option<Place>,
}

impl CodePage {
    async fn new(ctx: &Ctx, next: &str, problems: Problems) -> Result<Self, WebError> {
        let factors = match &ctx.current {
            Some(current) => factors(ctx.db(), current.account).await?,
            None => Factors::default(),
        };
        Ok(Self {
            page: Page::new(ctx, if factors.app { "確認コードの入力" } else { "パスキーでの確認" }),
            factors,
            place: Place::of(&ctx.app.settings.public_url)?,
            next: local_path(next).to_owned(),
            problems,
            demo_code: crate::demo::code_of_reader(ctx).await?,
        })
    }
}

/// Asks for the code or the passkey, or leads to the registration of one when there is none yet.
pub async fn second_factor(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let Some(current) = owing(&ctx) else {
        return Ok(see_other(local_path(&asked.next)));
    };
    if factors(ctx.db(), current.account).await?.is_none() {
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
    /// Where the form of the app leads.
    action: &'static str,
    next: String,
    offer: Offer,
    address: String,
    qr: Qr,
    /// The demo plays the phone here too.
    demo_code: Option<String>,
    /// Where passkeys work, and what a new one may be called.
    place: Option<Place>,
    passkey_name: String,
    problems: Problems,
}

impl EnrolmentPage {
    fn new(
        ctx: &Ctx,
        login_id: &str,
        offer: Offer,
        asked: &Asked,
        origin: &Origin,
        problems: Problems,
    ) -> Result<Self, WebError> {
        let next = &asked.next;
        let address = offer.address(login_id)?;
        Ok(Self {
            page: Page::new(ctx, "二要素認証の登録"),
            action: "/login/second-factor/new",
            place: Place::of(&ctx.app.settings.public_url)?,
            passkey_name: device_name(&origin.user_agent),
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
pub async fn enrolment(
    ctx: Ctx,
    Caller(origin): Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let Some(current) = owing(&ctx) else {
        return Ok(see_other(local_path(&asked.next)));
    };
    if !factors(ctx.db(), current.account).await?.is_none() {
        let next = encoded(local_path(&asked.next));
        return Ok(see_other(&format!("/login/second-factor?next={next}")));
    }
    let offer = Offer::new(&ctx.app.secret, current.account)?;
    show(&offered(&ctx, offer, &asked, &origin, Problems::default()).await?)
}

async fn offered(
    ctx: &Ctx,
    offer: Offer,
    asked: &Asked,
    origin: &Origin,
    problems: Problems,
) -> Result<EnrolmentPage, WebError> {
    let own = lists::own(ctx).await?;
    EnrolmentPage::new(ctx, &own.login_id, offer, asked, origin, problems)
}

/// Registers the app.
pub async fn enrol(ctx: Ctx, Caller(origin): Caller, fields: Fields) -> Result<Response, WebError> {
    let offer = offer_of(&fields);
    let current = ctx.current.as_deref();
    let outcome = actions::enrol(&ctx, current, &offer, fields.text("code"), &origin).await;
    show_recovery_codes(&ctx, outcome, Some(offer), &fields, &origin).await
}

/// The secret that a form brings back.
pub(super) fn offer_of(fields: &Fields) -> Offer {
    Offer { secret: fields.text("secret").to_owned(), signature: fields.text("signature").to_owned() }
}

/// The recovery codes of a new second factor, or the form again with what is to be mended: with the same secret on offer,
/// or another where none was used.
pub(crate) async fn show_recovery_codes(
    ctx: &Ctx,
    outcome: Result<Enrolled, Error>,
    offer: Option<Offer>,
    fields: &Fields,
    origin: &Origin,
) -> Result<Response, WebError> {
    let asked = Asked { next: fields.text("next").to_owned(), ..Asked::default() };
    match (outcome, &ctx.current) {
        (Ok(enrolled), _) => {
            // Shown in answer to the form and nowhere else: another load of the page is refused.
            let mut response = show(&RecoveryCodesPage::new(ctx, enrolled.recovery_codes, &asked.next))?;
            response.headers_mut().append(SET_COOKIE, cookie(&ctx.app, &enrolled.opened.token));
            Ok(response)
        }
        (Err(Error::Invalid(problems)), Some(current)) => {
            let offer = offer.map_or_else(|| Offer::new(&ctx.app.secret, current.account), Ok)?;
            let page = offered(ctx, offer, &asked, origin, Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        (Err(error), _) => Err(error.into()),
    }
}

fn owing(ctx: &Ctx) -> Option<&Current> {
    ctx.current.as_deref().filter(|current| current.second_factor == SecondFactor::Owed)
}
