//! Pages behind mailed links. Opening a link changes nothing: programs that check mails for bad links open
//! them too. The button does.

use super::super::Caller;
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::form::{Fields, Problems};
use crate::page::{Page, show, show_with};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mamis_app::Error;
use mamis_app::account::actions;
use mamis_app::account::lists::{self, Link, Purpose};
use mamis_app::account::password::{DIFFERENT, MIN_LENGTH};

/// A page that says in a few words how it went and where to go on.
#[derive(Template)]
#[template(path = "account/message.html")]
struct MessagePage {
    page: Page,
    kind: &'static str,
    text: String,
    href: &'static str,
    action: &'static str,
}

fn dead_link(ctx: &Ctx, href: &'static str, action: &'static str) -> Result<Response, WebError> {
    let page = MessagePage {
        page: Page::new(ctx, "このリンクは使えません"),
        kind: "error",
        text:
            "リンクの有効期限が切れたか、すでに使われています。お手数ですが、もう一度手続きをしてください。"
                .to_owned(),
        href,
        action,
    };
    show_with(StatusCode::NOT_FOUND, &page)
}

#[derive(Template)]
#[template(path = "account/email_verification.html")]
struct VerificationPage {
    page: Page,
    token: String,
    email: String,
}

/// Shows the address and the button that proves it.
pub async fn email_verification(ctx: Ctx, Path(token): Path<String>) -> Result<Response, WebError> {
    match lists::link(&ctx, Purpose::EmailVerification, &token).await? {
        None => dead_link(&ctx, "/my/account", "登録情報を開く"),
        Some(Link { email, .. }) => {
            show(&VerificationPage { page: Page::new(&ctx, "メールアドレスの確認"), token, email })
        }
    }
}

/// Proves the address.
pub async fn verify_email(ctx: Ctx, Path(token): Path<String>) -> Result<Response, WebError> {
    match actions::verify_email(&ctx, &token).await {
        Err(Error::NotFound) => dead_link(&ctx, "/my/account", "登録情報を開く"),
        Err(error) => Err(error.into()),
        Ok(email) => show(&MessagePage {
            page: Page::new(&ctx, "メールアドレスの確認"),
            kind: "success",
            text: format!("{email} を確認しました。これからのお知らせは、このメールアドレスにお送りします。"),
            href: "/",
            action: "マイページを開く",
        }),
    }
}

#[derive(Template)]
#[template(path = "account/password_reset_new.html")]
struct ResetRequestPage {
    page: Page,
    typed: String,
    problems: Problems,
}

/// Asks for the login id.
pub async fn password_reset_form(ctx: Ctx) -> Result<Response, WebError> {
    let page = Page::new(&ctx, "パスワードの再設定");
    show(&ResetRequestPage { page, typed: String::new(), problems: Problems::default() })
}

/// Sends the link, and says the same whether there is such an account or not.
pub async fn request_password_reset(
    ctx: Ctx,
    Caller(origin): Caller,
    fields: Fields,
) -> Result<Response, WebError> {
    let page = Page::new(&ctx, "パスワードの再設定");
    let mut problems = Vec::new();
    let typed =
        fields.required("login_id", "ログインIDまたはメールアドレスを入力してください。", &mut problems);
    if !problems.is_empty() {
        let form = ResetRequestPage { page, typed, problems: Problems(problems) };
        return show_with(StatusCode::UNPROCESSABLE_ENTITY, &form);
    }
    actions::request_password_reset(&ctx, &typed, &origin).await?;
    show(&MessagePage {
        page,
        kind: "success",
        text: SENT.to_owned(),
        href: "/login",
        action: "ログインの画面へ",
    })
}

const SENT: &str = "入力された内容に当てはまる利用者の登録があれば、登録済みのメールアドレスに案内をお送りしました。\
    1時間以内に、メールの中のリンクを開いてください。10分ほど待っても届かないときは、迷惑メールの中を確認するか、所属の医師会へご連絡ください。";

#[derive(Template)]
#[template(path = "account/password_reset.html")]
struct ResetPage {
    page: Page,
    token: String,
    login_id: String,
    min_length: usize,
    problems: Problems,
}

impl ResetPage {
    fn new(ctx: &Ctx, token: String, login_id: String, problems: Problems) -> Self {
        Self {
            page: Page::new(ctx, "新しいパスワード"), token, login_id, min_length: MIN_LENGTH, problems
        }
    }
}

/// The form for the new password.
pub async fn password_reset(ctx: Ctx, Path(token): Path<String>) -> Result<Response, WebError> {
    match lists::link(&ctx, Purpose::PasswordReset, &token).await? {
        None => dead_link(&ctx, "/password-resets/new", "もう一度手続きをする"),
        Some(Link { login_id, .. }) => show(&ResetPage::new(&ctx, token, login_id, Problems::default())),
    }
}

/// Sets the new password.
pub async fn reset_password(
    ctx: Ctx,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, WebError> {
    let Some(link) = lists::link(&ctx, Purpose::PasswordReset, &token).await? else {
        return dead_link(&ctx, "/password-resets/new", "もう一度手続きをする");
    };
    let outcome = match typed_twice(&fields) {
        Err(error) => Err(error),
        Ok(new) => actions::reset_password(&ctx, &token, new).await,
    };
    match outcome {
        Ok(()) => {
            Ok(ctx.done("/login", "パスワードを変更しました。新しいパスワードでログインしてください。"))
        }
        Err(Error::Invalid(problems)) => {
            let page = ResetPage::new(&ctx, token, link.login_id, Problems(problems));
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// The new password, if both fields say the same.
pub(crate) fn typed_twice(fields: &Fields) -> Result<&str, Error> {
    let new = fields.raw("new_password");
    if new != fields.raw("new_password_again") {
        return Err(Error::invalid("new_password_again", DIFFERENT));
    }
    Ok(new)
}
