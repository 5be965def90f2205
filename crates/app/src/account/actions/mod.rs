//! Every write about accounts and sessions.

mod authenticator_app;
mod email;
mod first_login;
mod letters;
pub(crate) mod limit;
mod login;
mod password;
mod recovery_code;
mod second_factor;
mod session;
mod terms;

pub use authenticator_app::{add_app, remove_app};
pub(crate) use email::is_address;
pub use email::{request_email_verification, verify_email};
pub use first_login::{FirstLogin, begin_first_login, finish_first_login};
pub use letters::{Change, tell};
pub use login::{Login, Opened, log_in};
pub(crate) use login::{SUSPENDED, open_session};
pub use password::{change_password, request_password_reset, reset_password};
pub(crate) use recovery_code::write_set;
pub use recovery_code::{give_recovery_code, renew_recovery_codes};
pub use second_factor::{Enrolled, enrol, give_code};
pub(crate) use second_factor::{hold_account, owing, raise};
pub use session::{end_other_sessions, end_session, log_out, note_seen, seen};
pub use terms::agree;

use super::Origin;
use super::lists::{Current, Purpose};
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::secret::{random_code, random_token, sha256_hex};
use chrono::{DateTime, Utc};
use mamis_schema::account_token;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// Counts a mail that somebody without an account has sent to an address they typed.
///
/// # Errors
/// [`Error::TooMany`] when too many went to it, or came from the same network address.
pub(crate) async fn limit_mails_to(cx: &Cx, typed: &str, origin: &Origin) -> Result<()> {
    limit::begin(cx, limit::Guess::Reset(typed), &origin.address).await.map(|_| ())
}

/// The session of a request, or the sentence for somebody without one.
pub(crate) fn logged_in(current: Option<&Current>) -> Result<&Current> {
    current.ok_or_else(|| Error::refused("ログインしてから、もう一度お試しください。"))
}

/// What the secret part of a link looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// 256 bits, to be clicked.
    Long,
    /// Twelve letters and digits, to be typed from paper: 59 random bits, so that nobody finds one by trying.
    ToType,
}

impl Code {
    fn random(self) -> String {
        match self {
            Self::Long => random_token(),
            Self::ToType => {
                let code = random_code(12).to_lowercase();
                [&code[..4], &code[4..8], &code[8..]].join("-")
            }
        }
    }
}

/// Writes a new link and takes the earlier unused ones of the same purpose away. Returns the value for the
/// address; the table holds its hash only.
pub(crate) async fn write_link(
    cx: &Cx,
    tx: &Tx<'_>,
    account: Uuid,
    purpose: Purpose,
    email: &str,
    expires_at: DateTime<Utc>,
    code: Code,
) -> Result<String> {
    account_token::Entity::delete_many()
        .filter(account_token::Column::Account.eq(account))
        .filter(account_token::Column::Purpose.eq(purpose.name()))
        .filter(account_token::Column::UsedAt.is_null())
        .exec(tx.db())
        .await?;
    let token = code.random();
    let row = account_token::Model {
        id: Uuid::now_v7(),
        token_hash: sha256_hex(token.as_bytes()),
        account,
        purpose: purpose.name().to_owned(),
        email: email.to_owned(),
        expires_at,
        used_at: None,
        created_at: cx.app.clock.wall(),
    };
    account_token::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok(token)
}

/// Marks a link as used, if it works still: of two who open it at once, one gets through.
async fn use_link(cx: &Cx, tx: &Tx<'_>, purpose: Purpose, token: &str) -> Result<()> {
    let (hash, now) = (sha256_hex(token.as_bytes()), cx.app.clock.wall());
    let used = account_token::Entity::update_many()
        .col_expr(account_token::Column::UsedAt, sea_orm::sea_query::Expr::value(now))
        .filter(account_token::Column::TokenHash.eq(&hash))
        .filter(account_token::Column::Purpose.eq(purpose.name()))
        .filter(account_token::Column::UsedAt.is_null())
        .filter(account_token::Column::ExpiresAt.gt(now))
        .exec(tx.db())
        .await?;
    if used.rows_affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}
