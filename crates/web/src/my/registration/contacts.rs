//! Phone, home address and mailing destination.

use super::{taken, trail};
use crate::address::{Found, Taken};
use crate::ctx::Ctx;
use crate::desk::paging::{Choice, Crumb};
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::address::hyphened;
use mamis_app::my::actions::{self, Contacts};
use mamis_app::my::lists::registration as lists;

#[derive(Template)]
#[template(path = "my/registration/contacts.html")]
struct ContactsPage {
    page: Page,
    trail: Vec<Crumb>,
    is_member: bool,
    typed: Contacts,
    destinations: Vec<Choice>,
    /// What the postal code names.
    found: Found,
    problems: Problems,
}

/// The form as registered.
pub async fn form(ctx: Ctx) -> Result<Response, WebError> {
    let row = lists::registration(&ctx).await?.row;
    let typed = Contacts {
        phone: row.phone.unwrap_or_default(),
        home_postal_code: hyphened(&row.home_postal_code.unwrap_or_default()),
        home_address: row.home_address.unwrap_or_default(),
        mailing_destination: row.mailing_destination,
    };
    show(&template(&ctx, typed, Found::default(), Problems::default()).await?)
}

/// Looks the address up, or takes the change.
pub async fn save(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let mut typed = read(&fields);
    if let Some(found) = Found::asked(&fields, &typed.home_postal_code) {
        if let Taken::Place(place) = &found.taken {
            place.put_into(&mut typed.home_address);
        }
        return show(&template(&ctx, typed, found, Problems::default()).await?);
    }
    match actions::save_contacts(&ctx, &typed).await {
        Ok(saved) => Ok(taken(&ctx, saved)),
        Err(Error::Invalid(problems)) => {
            let page = template(&ctx, typed, Found::default(), Problems(problems)).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

fn read(fields: &Fields) -> Contacts {
    Contacts {
        phone: fields.text("phone").to_owned(),
        home_postal_code: fields.text("home_postal_code").to_owned(),
        home_address: fields.text("home_address").to_owned(),
        mailing_destination: fields.text("mailing_destination").to_owned(),
    }
}

async fn template(
    ctx: &Ctx,
    typed: Contacts,
    found: Found,
    problems: Problems,
) -> Result<ContactsPage, WebError> {
    Ok(ContactsPage {
        page: Page::new(ctx, "連絡先と送付先の変更"),
        trail: trail(ctx),
        is_member: lists::registration(ctx).await?.is_member(),
        typed,
        destinations: vec![Choice::new("home", "自宅"), Choice::new("workplace", "勤務先")],
        found,
        problems,
    })
}
