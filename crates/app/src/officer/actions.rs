//! What administrators do for officers.

use super::lists;
use crate::account::actions::{Change, tell};
use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::mail::Recipient;
use mamis_rules::base::OfficerId;
use mamis_schema::{account, credential, session};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;

/// Takes an officer's second factor away, because the device is lost or was replaced, and ends all sessions. At the
/// next login the officer registers a new one.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for oneself, for other offices' administrators and where no second factor
/// is registered, [`Error::Invalid`] without a reason.
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
    let taken = credential::Entity::delete_many()
        .filter(credential::Column::Account.eq(row.id))
        .exec(tx.db())
        .await?;
    if taken.rows_affected == 0 {
        return Err(Error::refused(
            "二要素認証は、まだ登録されていません。次のログインのときに登録できます。",
        ));
    }
    session::Entity::delete_many().filter(session::Column::Account.eq(row.id)).exec(tx.db()).await?;
    let by = format!("{}（{}）", cx.who.name, cx.who.office);
    tell(cx, &mut tx, &Recipient::Officer(id), &line.row.name, Change::SecondFactorReset { by }).await?;
    tx.audit(Entry::new("officer.reset_second_factor", "officer", id).with(json!({"reason": reason})));
    tx.commit().await
}
