//! One's own account: address, password, sessions.

use super::super::Caller;
use super::link::typed_twice;
use super::second_factor::RecoveryCodesPage;
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::account::actions;
use mamis_app::account::lists::{self, Own, SessionLine};
use mamis_app::account::password::MIN_LENGTH;
use mamis_app::decision::at;
use mamis_app::passkey::{self, Place, lists::of_account};
use mamis_rules::access::Actor;

#[derive(Template)]
#[template(path = "account/own.html")]
struct OwnPage {
    page: Page,
    is_physician: bool,
    own: Own,
    /// Whether the second factor was given not long ago.
    is_fresh: bool,
    email: String,
    verified_at: String,
    second_factor_since: String,
    agreed_at: String,
    place: Option<Place>,
    passkeys: Vec<PasskeyView>,
    passkey_name: String,
    may_have_more: bool,
    sessions: Vec<Device>,
    has_others: bool,
    min_length: usize,
    problems: Problems,
}

/// A passkey in words.
struct PasskeyView {
    id: String,
    name: String,
    since: String,
    used: String,
    /// Why it cannot be removed; empty where it can.
    fixed: &'static str,
}

const LAST_FACTOR: &str =
    "ただ一つの二要素認証のため、削除できません。先に、認証アプリか、別のパスキーを登録してください。";

/// A session in words.
struct Device {
    id: String,
    name: String,
    since: String,
    seen: String,
    address: String,
    is_this: bool,
}

async fn page_of(
    ctx: &Ctx,
    email: &str,
    passkey_name: &str,
    problems: Problems,
) -> Result<OwnPage, WebError> {
    let own = lists::own(ctx).await?;
    let (sessions, keys) = match &ctx.current {
        Some(current) => (lists::sessions(ctx, current).await?, of_account(ctx.db(), current.account).await?),
        None => (Vec::new(), Vec::new()),
    };
    let is_fresh = match &ctx.current {
        Some(current) => lists::has_fresh_factor(ctx, current).await?,
        None => false,
    };
    let typed = if email.is_empty() { own.email.clone().unwrap_or_default() } else { email.to_owned() };
    let is_physician = matches!(ctx.actor, Actor::Physician { .. });
    let written = |instant: Option<_>| instant.map(at).unwrap_or_default();
    let is_last = !is_physician && own.second_factor_since.is_none() && keys.len() == 1;
    let mine = sessions.iter().find(|session| session.is_this).map(|session| session.user_agent.as_str());
    let proposed = mine.map(device_name).unwrap_or_default();
    Ok(OwnPage {
        place: Place::of(&ctx.app.settings.public_url)?,
        may_have_more: (keys.len() as u64) < passkey::MOST,
        passkeys: keys.into_iter().map(|row| PasskeyView::new(row, is_last)).collect(),
        passkey_name: if passkey_name.is_empty() { proposed } else { passkey_name.to_owned() },
        page: Page::new(ctx, if is_physician { "メールアドレスとパスワード" } else { "登録情報" }),
        is_physician,
        is_fresh,
        email: typed,
        verified_at: written(own.email_verified_at),
        second_factor_since: written(own.second_factor_since),
        agreed_at: written(own.agreed_at),
        own,
        has_others: sessions.len() > 1,
        sessions: sessions.into_iter().map(Device::from).collect(),
        min_length: MIN_LENGTH,
        problems,
    })
}

/// The page.
pub async fn own(ctx: Ctx) -> Result<Response, WebError> {
    show(&page_of(&ctx, "", "", Problems::default()).await?)
}

/// The page again with what is to be mended, or the error.
async fn mend(ctx: &Ctx, email: &str, error: Error) -> Result<Response, WebError> {
    let Error::Invalid(problems) = error else { return Err(error.into()) };
    show_with(StatusCode::UNPROCESSABLE_ENTITY, &page_of(ctx, email, "", Problems(problems)).await?)
}

/// The same with the name that was typed for a passkey.
pub(crate) async fn mend_passkey(ctx: &Ctx, name: &str, error: Error) -> Result<Response, WebError> {
    let Error::Invalid(problems) = error else { return Err(error.into()) };
    show_with(StatusCode::UNPROCESSABLE_ENTITY, &page_of(ctx, "", name, Problems(problems)).await?)
}

/// Sends a link to an address.
pub async fn request_email_verification(
    ctx: Ctx,
    Caller(origin): Caller,
    fields: Fields,
) -> Result<Response, WebError> {
    let typed = fields.text("email");
    match actions::request_email_verification(&ctx, ctx.current.as_deref(), typed, &origin).await {
        Err(error) => mend(&ctx, typed, error).await,
        Ok(address) => {
            let text = format!(
                "{address} に確認のメールを送りました。24時間以内に、メールの中のリンクを開いてください。"
            );
            Ok(ctx.done("/my/account", &text))
        }
    }
}

/// Changes the password.
pub async fn change_password(ctx: Ctx, Caller(origin): Caller, fields: Fields) -> Result<Response, WebError> {
    let old = fields.raw("old_password");
    let outcome = match typed_twice(&fields) {
        Err(error) => Err(error),
        Ok(new) => actions::change_password(&ctx, ctx.current.as_deref(), old, new, &origin).await,
    };
    match outcome {
        Err(error) => mend(&ctx, "", error).await,
        Ok(()) => {
            Ok(ctx.done("/my/account", "パスワードを変更しました。ほかの端末のログインは終わりました。"))
        }
    }
}

/// Makes a new set of recovery codes and shows it this once.
pub async fn renew_recovery_codes(
    ctx: Ctx,
    Caller(origin): Caller,
    fields: Fields,
) -> Result<Response, WebError> {
    let current = ctx.current.as_deref();
    match actions::renew_recovery_codes(&ctx, current, fields.raw("password"), &origin).await {
        Err(error) => mend(&ctx, "", error).await,
        Ok(codes) => show(&RecoveryCodesPage::new(&ctx, codes, "/my/account")),
    }
}

/// Ends one session, or all but this one.
pub async fn end_sessions(ctx: Ctx, fields: Fields) -> Result<Response, WebError> {
    let current = ctx.current.as_deref();
    if fields.text("session") == "others" {
        let ended = actions::end_other_sessions(&ctx, current).await?;
        return Ok(ctx.done("/my/account", &format!("ほかの端末のログインを{ended}件、終わらせました。")));
    }
    let session = fields.text("session").parse().map_err(|_| Error::NotFound)?;
    actions::end_session(&ctx, current, session).await?;
    Ok(ctx.done("/my/account", "選んだ端末のログインを終わらせました。"))
}

impl PasskeyView {
    fn new(row: mamis_schema::passkey::Model, is_last: bool) -> Self {
        Self {
            id: row.id.to_string(),
            name: row.name,
            since: at(row.created_at),
            used: row.last_used_at.map(at).unwrap_or_default(),
            fixed: if is_last { LAST_FACTOR } else { "" },
        }
    }
}

impl From<SessionLine> for Device {
    fn from(line: SessionLine) -> Self {
        Self {
            id: line.id.to_string(),
            name: device_name(&line.user_agent),
            since: at(line.created_at),
            seen: at(line.last_seen_at),
            address: line.address,
            is_this: line.is_this,
        }
    }
}

/// Browsers name themselves after each other, hence the order: the first word found is the true one.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("Firefox", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
];
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
];

/// A browser as people call it, e.g. `Safari（iPhone）`.
pub(super) fn device_name(user_agent: &str) -> String {
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(word, _)| user_agent.contains(word)).map(|(_, name)| *name)
    };
    match (find(BROWSERS), find(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}（{system}）"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "種類の分からない端末".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_called_by_their_names() {
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 \
                      Mobile/15E148 Safari/604.1";
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                    Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0";
        assert_eq!(device_name(safari), "Safari（iPhone）");
        assert_eq!(device_name(edge), "Edge（Windows）");
        assert_eq!(device_name("curl/8"), "種類の分からない端末");
    }
}
