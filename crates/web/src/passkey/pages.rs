//! What devices are asked, and their answers. `static/js/passkey.js` fetches the question, asks the device and sends the
//! answer as a form, so that whatever is wrong is said like everywhere else.

use crate::account::Caller;
use crate::account::pages::{LoginPage, enter, mend_passkey, show_recovery_codes};
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::show_with;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use mamis_app::Error;
use mamis_app::passkey::actions::{self, Answer, Asked};
use serde_json::json;
use uuid::Uuid;

const BACK: &str = "/my/account";

fn question(asked: Asked) -> Response {
    Json(json!({"challenge": asked.challenge, "options": asked.options})).into_response()
}

fn answer(fields: &Fields) -> Answer<'_> {
    Answer { challenge: fields.text("challenge"), json: fields.text("answer") }
}

/// Asks for a passkey of this site.
pub async fn begin_login(ctx: Ctx, Caller(origin): Caller) -> Result<Response, WebError> {
    Ok(question(actions::begin_login(&ctx, &origin).await?))
}

/// Logs in with a passkey.
pub async fn log_in(ctx: Ctx, Caller(origin): Caller, fields: Fields) -> Result<Response, WebError> {
    let (next, replaces) = (fields.text("next"), ctx.current.as_ref().map(|current| current.session));
    match actions::log_in(&ctx, answer(&fields), &origin, replaces).await {
        Ok(opened) => Ok(enter(&ctx, &opened, next)),
        Err(Error::Invalid(problems)) => {
            let page = LoginPage::new(&ctx, "", next, Problems(problems))?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// Asks for a new passkey, as the first second factor of an officer.
pub async fn begin_enrolment(ctx: Ctx, Caller(origin): Caller) -> Result<Response, WebError> {
    Ok(question(actions::begin_enrolment(&ctx, ctx.current.as_deref(), &origin).await?))
}

/// Registers it, and shows the recovery codes.
pub async fn enrol(ctx: Ctx, Caller(origin): Caller, fields: Fields) -> Result<Response, WebError> {
    let (current, name) = (ctx.current.as_deref(), fields.text("passkey_name"));
    let outcome = actions::enrol(&ctx, current, answer(&fields), name).await;
    show_recovery_codes(&ctx, outcome, None, &fields, &origin).await
}

/// Asks for a new passkey of whoever types the password.
pub async fn begin_registration(
    ctx: Ctx,
    Caller(origin): Caller,
    fields: Fields,
) -> Result<Response, WebError> {
    let (current, password) = (ctx.current.as_deref(), fields.raw("passkey_password"));
    Ok(question(actions::begin_registration(&ctx, current, password, &origin).await?))
}

/// Registers it.
pub async fn register(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let name = fields.text("passkey_name");
    match actions::register(&ctx, ctx.current.as_deref(), answer(&fields), name).await {
        Ok(()) => Ok(ctx.done(
            BACK,
            &format!("パスキー「{name}」を登録しました。次からは「パスキーでログイン」を使えます。"),
        )),
        Err(error) => mend_passkey(&ctx, name, error).await,
    }
}

/// Gives a passkey another name.
pub async fn rename(ctx: Ctx, Path(id): Path<Uuid>, fields: Fields) -> Result<Response, WebError> {
    let name = fields.text("passkey_name");
    match actions::rename(&ctx, ctx.current.as_deref(), id, name).await {
        Ok(()) => Ok(ctx.done(BACK, &format!("パスキーの名前を「{name}」に変更しました。"))),
        Err(error) => mend_passkey(&ctx, name, error).await,
    }
}

/// Removes a passkey.
pub async fn remove(ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response, WebError> {
    actions::remove(&ctx, ctx.current.as_deref(), id).await?;
    Ok(ctx.done(
        BACK,
        "パスキーを削除しました。端末に残っているパスキーは、端末の設定の画面で削除してください。",
    ))
}
