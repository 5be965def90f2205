//! The second factor of officers.

use super::super::Origin;
use super::super::lists::{self, Current, SecondFactor};
use super::super::one_time_code::{self, Offer};
use super::limit::{self, Guess};
use super::login::Opened;
use super::{Change, recovery_code, tell};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::mail::Recipient;
use crate::passkey::lists::factors;
use crate::secret::{random_token, sha256_hex};
use mamis_rules::access::Actor;
use mamis_schema::{account, credential, session};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

pub(super) const WRONG: &str =
    "確認コードが違います。認証アプリに表示されている6桁の数字を入力してください。";
pub(super) const NOT_OURS: &str = "登録の画面をもう一度開いて、最初からやり直してください。";
const USED: &str = "この確認コードは使用済みです。次のコードが表示されてから（30秒ほど）、入力してください。";
pub(super) const NONE_YET: &str =
    "二要素認証がまだ登録されていません。先に、認証アプリかパスキーを登録してください。";
const ALREADY: &str =
    "二要素認証は登録済みです。機種変更などで使えなくなったときは、事務局の管理の担当者へご連絡ください。";

/// Takes the one-time code and raises the session. Its cookie gets a new value with its new rights.
///
/// # Errors
/// [`Error::Invalid`] for a wrong or used code; [`Error::TooMany`]; [`Error::Refused`] without a second factor.
#[crate::boxed]
pub async fn give_code(cx: &Cx, current: Option<&Current>, code: &str, origin: &Origin) -> Result<Opened> {
    let current = owing(current)?;
    let attempt = limit::begin(cx, Guess::Account(current.account.into()), &origin.address).await?;
    let Some(credential) = lists::confirmed_credential(cx.db(), current.account).await? else {
        return Err(Error::refused(NONE_YET));
    };
    let step = one_time_code::step_of(&credential.secret, code, cx.app.clock.wall())?
        .ok_or_else(|| Error::invalid("code", WRONG))?;
    let mut tx = cx.begin().await?;
    let fresh = Condition::any()
        .add(credential::Column::LastStep.is_null())
        .add(credential::Column::LastStep.lt(step));
    let taken = credential::Entity::update_many()
        .col_expr(credential::Column::LastStep, Expr::value(step))
        .filter(credential::Column::Id.eq(credential.id))
        .filter(fresh)
        .exec(tx.db())
        .await?;
    if taken.rows_affected == 0 {
        return Err(Error::invalid("code", USED));
    }
    let token = raise(cx, &tx, current.session).await?;
    attempt.forgive(&tx).await?;
    tx.audit(Entry::new("account.give_code", "session", current.session));
    tx.commit().await?;
    Ok(Opened { token })
}

/// A session raised by a new second factor.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// The session.
    pub opened: Opened,
    /// The recovery codes, to be shown this once.
    pub recovery_codes: Vec<String>,
}

/// Registers the offered secret once the app has shown its first code, with a set of recovery codes, and raises the
/// session.
///
/// # Errors
/// As [`give_code`]; [`Error::Refused`] when a second factor is registered already.
#[crate::boxed]
pub async fn enrol(
    cx: &Cx,
    current: Option<&Current>,
    offer: &Offer,
    code: &str,
    origin: &Origin,
) -> Result<Enrolled> {
    let current = owing(current)?;
    if !offer.is_ours(&cx.app.secret, current.account) {
        return Err(Error::refused(NOT_OURS));
    }
    let attempt = limit::begin(cx, Guess::Account(current.account.into()), &origin.address).await?;
    let step = one_time_code::step_of(&offer.secret, code, cx.app.clock.wall())?
        .ok_or_else(|| Error::invalid("code", WRONG))?;
    let mut tx = cx.begin().await?;
    hold_account(&tx, current).await?;
    // A passkey counts as well: whoever knows the password alone must not add a way round it.
    if !factors(tx.db(), current.account).await?.is_none() {
        return Err(Error::refused(ALREADY));
    }
    write(cx, &mut tx, current, offer, step).await?;
    let recovery_codes = recovery_code::write_set(cx, &tx, current.account).await?;
    let token = raise(cx, &tx, current.session).await?;
    attempt.forgive(&tx).await?;
    tell_officer(cx, &mut tx, current, Change::SecondFactor).await?;
    tx.commit().await?;
    Ok(Enrolled { opened: Opened { token }, recovery_codes })
}

/// Writes the secret of an app that has shown its first code. The caller holds the account.
pub(super) async fn write(
    cx: &Cx,
    tx: &mut Tx<'_>,
    current: &Current,
    offer: &Offer,
    step: i64,
) -> Result<()> {
    let row = credential::Model {
        id: Uuid::now_v7(),
        account: current.account.into(),
        kind: "totp".to_owned(),
        secret: offer.secret.clone(),
        confirmed_at: Some(cx.now),
        last_step: Some(step),
        created_at: cx.now,
    };
    tx.audit(Entry::new("account.enrol", "credential", row.id));
    credential::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok(())
}

pub(super) async fn tell_officer(cx: &Cx, tx: &mut Tx<'_>, current: &Current, change: Change) -> Result<()> {
    match &current.actor {
        Actor::Officer { officer, .. } => {
            tell(cx, tx, &Recipient::Officer(*officer), &current.who.name, change).await
        }
        _ => Ok(()),
    }
}

pub(crate) fn owing(current: Option<&Current>) -> Result<&Current> {
    let current = super::logged_in(current)?;
    match current.second_factor {
        SecondFactor::Owed => Ok(current),
        SecondFactor::Given => Err(Error::refused("二要素認証の確認は済んでいます。")),
        SecondFactor::NotNeeded => Err(Error::refused("二要素認証の確認は必要ありません。")),
    }
}

/// Two tabs that enrol at once are decided one after the other: the update holds the row until the commit.
pub(crate) async fn hold_account(tx: &Tx<'_>, current: &Current) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
        .filter(account::Column::Id.eq(Uuid::from(current.account)))
        .exec(tx.db())
        .await?;
    Ok(())
}

pub(crate) async fn raise(cx: &Cx, tx: &Tx<'_>, session: Uuid) -> Result<String> {
    let token = random_token();
    let raised = session::Entity::update_many()
        .col_expr(session::Column::TokenHash, Expr::value(sha256_hex(token.as_bytes())))
        .col_expr(session::Column::SecondFactorAt, Expr::value(cx.app.clock.wall()))
        .filter(session::Column::Id.eq(session))
        .exec(tx.db())
        .await?;
    if raised.rows_affected == 0 {
        return Err(Error::refused("ログインの有効期限が切れました。もう一度ログインしてください。"));
    }
    Ok(token)
}
