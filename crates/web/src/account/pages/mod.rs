//! The pages of accounts.

mod authenticator_app;
mod first_login;
mod link;
mod login;
mod looks;
mod own;
mod second_factor;
mod terms;

pub use authenticator_app::{add_app, new_app, remove_app};
pub use first_login::{begin_use, first_login};
pub(crate) use link::typed_twice;
pub use link::{
    email_verification, password_reset, password_reset_form, request_password_reset, reset_password,
    verify_email,
};
pub(crate) use login::LoginPage;
pub use login::{log_in, log_out, login};
pub use looks::looks;
pub(crate) use own::mend_passkey;
pub use own::{change_password, end_sessions, own, renew_recovery_codes, request_email_verification};
pub(crate) use second_factor::show_recovery_codes;
pub use second_factor::{enrol, enrolment, give_code, second_factor};
pub(crate) use terms::TermsText;
pub use terms::{agree, consent};

use super::local_path;
use crate::ctx::{Ctx, see_other};
use crate::layer::session::cookie;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use mamis_app::account::actions::Opened;
use serde::Deserialize;

/// What the address of these pages may carry.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The page somebody wanted.
    next: String,
    /// A login id to put into the form.
    login_id: String,
}

/// Leads on with the session's new cookie.
pub(crate) fn enter(ctx: &Ctx, opened: &Opened, next: &str) -> Response {
    let mut response = see_other(local_path(next));
    response.headers_mut().append(SET_COOKIE, cookie(&ctx.app, &opened.token));
    response
}
