//! What administrators do for officers.

use super::lists;
use crate::account::actions::{Change, tell};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::mail::Recipient;
use mamis_rules::base::OfficerId;
use mamis_schema::{account, association, credential, duty, organizer, passkey, recovery_code, session};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Takes an officer's second factor, passkeys and recovery codes away, because the device is lost or was replaced, and
/// ends all sessions. At the next login the officer registers a new one.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for oneself, for other offices' administrators and where no second factor
/// is registered, [`Error::Invalid`] without a reason.
#[crate::boxed]
pub async fn reset_second_factor(cx: &Cx, id: OfficerId, reason: &str) -> Result<()> {
    if reason.is_empty() {
        return Err(Error::invalid("reason", "再設定の理由と、本人をどう確かめたかを入力してください。"));
    }
    let mut tx = cx.begin().await?;
    let line = lists::find(cx, tx.db(), id).await?;
    lists::may_reset(&cx.actor, &line.facts)?;
    let row = account::Entity::find()
        .filter(account::Column::Officer.eq(line.row.id))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::refused("この職員には、まだアカウントがありません。"))?;
    // Holds the row until the commit, as an enrolment does: the two are decided one after the other.
    account::Entity::update_many()
        .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
        .filter(account::Column::Id.eq(row.id))
        .exec(tx.db())
        .await?;
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::Account.eq(row.id))
        .exec(tx.db())
        .await?;
    let taken = credential::Entity::delete_many()
        .filter(credential::Column::Account.eq(row.id))
        .exec(tx.db())
        .await?;
    let passkeys =
        passkey::Entity::delete_many().filter(passkey::Column::Account.eq(row.id)).exec(tx.db()).await?;
    if taken.rows_affected + passkeys.rows_affected == 0 {
        return Err(Error::refused(
            "二要素認証は、まだ登録されていません。次のログインのときに登録できます。",
        ));
    }
    session::Entity::delete_many().filter(session::Column::Account.eq(row.id)).exec(tx.db()).await?;
    let by = cx.who.signed();
    tell(cx, &mut tx, &Recipient::Officer(id), &line.row.name, Change::SecondFactorReset { by }).await?;
    tx.audit(Entry::new("officer.reset_second_factor", "officer", id).with(json!({"reason": reason})));
    tx.commit().await
}

/// Suspends an officer's account and ends all its sessions; whoever knows the password reads at the login that it is
/// suspended.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for oneself, for other offices' administrators, for the only administrator of
/// an office and for an account not in use, [`Error::Invalid`] without a reason.
#[crate::boxed]
pub async fn suspend(cx: &Cx, id: OfficerId, reason: &str) -> Result<()> {
    if reason.is_empty() {
        return Err(Error::invalid("reason", "停止の理由を入力してください。"));
    }
    let mut tx = cx.begin().await?;
    let line = lists::find(cx, tx.db(), id).await?;
    lists::may_reset(&cx.actor, &line.facts)?;
    hold_offices(&tx, id).await?;
    if let Some(office) = lists::only_administrator_of(cx, tx.db(), id).await? {
        return Err(Error::refused(format!(
            "この職員は、{office}でただ一人の管理の担当者です。先に、ほかの管理の担当者を決めてください。"
        )));
    }
    let account =
        change_state(&tx, id, ["active", "suspended"], "このアカウントは、利用中ではありません。").await?;
    session::Entity::delete_many().filter(session::Column::Account.eq(account)).exec(tx.db()).await?;
    let by = cx.who.signed();
    tell(cx, &mut tx, &Recipient::Officer(id), &line.row.name, Change::Suspended { by }).await?;
    tx.audit(Entry::new("officer.suspend", "officer", id).with(json!({"reason": reason})));
    tx.commit().await
}

/// Lets a suspended officer log in again.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for oneself, for other offices' administrators and for an account that is not
/// suspended, [`Error::Invalid`] without a reason.
#[crate::boxed]
pub async fn restore(cx: &Cx, id: OfficerId, reason: &str) -> Result<()> {
    if reason.is_empty() {
        return Err(Error::invalid("reason", "再開の理由を入力してください。"));
    }
    let mut tx = cx.begin().await?;
    let line = lists::find(cx, tx.db(), id).await?;
    lists::may_reset(&cx.actor, &line.facts)?;
    change_state(&tx, id, ["suspended", "active"], "このアカウントは、停止されていません。").await?;
    let by = cx.who.signed();
    tell(cx, &mut tx, &Recipient::Officer(id), &line.row.name, Change::Restored { by }).await?;
    tx.audit(Entry::new("officer.restore", "officer", id).with(json!({"reason": reason})));
    tx.commit().await
}

/// From one state to the other; answers with the account. Whoever comes second is refused with the sentence.
async fn change_state(tx: &Tx<'_>, id: OfficerId, [from, to]: [&str; 2], otherwise: &str) -> Result<Uuid> {
    let of_officer = account::Column::Officer.eq(Uuid::from(id));
    let changed = account::Entity::update_many()
        .col_expr(account::Column::State, Expr::value(to))
        .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
        .filter(of_officer.clone())
        .filter(account::Column::State.eq(from))
        .exec(tx.db())
        .await?;
    let row = account::Entity::find().filter(of_officer).one(tx.db()).await?;
    match row.filter(|_| changed.rows_affected == 1) {
        Some(row) => Ok(row.id),
        None => Err(Error::refused(otherwise)),
    }
}

/// Holds the offices of an officer until the commit: two administrators who suspend each other at once are decided one
/// after the other, and the second finds who is left.
async fn hold_offices(tx: &Tx<'_>, id: OfficerId) -> Result<()> {
    association::Entity::update_many()
        .col_expr(association::Column::Version, Expr::col(association::Column::Version).add(1))
        .filter(association::Column::Id.in_subquery(lists::offices_of(id, duty::Column::Association)))
        .exec(tx.db())
        .await?;
    organizer::Entity::update_many()
        .col_expr(organizer::Column::Version, Expr::col(organizer::Column::Version).add(1))
        .filter(organizer::Column::Id.in_subquery(lists::offices_of(id, duty::Column::Organizer)))
        .exec(tx.db())
        .await?;
    Ok(())
}
