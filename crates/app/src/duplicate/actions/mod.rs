//! Every write to pairs: laying, judging, merging, taking back.

mod merging;
mod record;
mod undoing;

pub use merging::{Choice, merge};
pub use undoing::undo;

use super::lists::{self, candidates::Pair};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::physician::lists as physicians;
use duplicate::Column as D;
use mamis_rules::access::physician as access;
use mamis_rules::base::DuplicateId;
use mamis_rules::physician::duplicate::{AGAIN, Score};
use mamis_schema::duplicate;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// Letters of a reason at most.
const REASON: usize = 500;

/// Lays pairs before the offices; those judged different only when they score more than then.
///
/// # Errors
/// A fault of the database.
pub(super) async fn lay(cx: &Cx, alike: Vec<(Pair, Score)>) -> Result<u64> {
    if alike.is_empty() {
        return Ok(0);
    }
    let mut tx = cx.begin().await?;
    let known = duplicate::Entity::find()
        .filter(D::First.is_in(alike.iter().map(|(pair, _)| pair.first)))
        .filter(D::Second.is_in(alike.iter().map(|(pair, _)| pair.second)))
        .all(tx.db())
        .await?;
    let known: HashMap<(Uuid, Uuid), duplicate::Model> =
        known.into_iter().map(|row| ((row.first, row.second), row)).collect();
    let mut laid = 0;
    for (pair, score) in &alike {
        laid += u64::from(match known.get(&(pair.first, pair.second)) {
            None => write(cx, &tx, *pair, score).await?,
            Some(row) if row.state == "different" && score.points >= row.score + AGAIN => {
                lay_again(&tx, row, score).await?
            }
            Some(_) => false,
        });
    }
    if laid == 0 {
        return Ok(0);
    }
    tx.audit(Entry::of_list("duplicate.lay", "duplicate").with(json!({"pairs": laid})));
    tx.commit().await?;
    Ok(laid)
}

async fn write(cx: &Cx, tx: &Tx<'_>, pair: Pair, score: &Score) -> Result<bool> {
    let row = duplicate::Model {
        id: Uuid::now_v7(),
        first: pair.first,
        second: pair.second,
        score: score.points,
        signs: serde_json::to_string(&score.signs)?,
        state: "open".to_owned(),
        reason: String::new(),
        decided_by: String::new(),
        decided_at: None,
        created_at: cx.now,
        version: 1,
    };
    duplicate::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok(true)
}

async fn lay_again(tx: &Tx<'_>, row: &duplicate::Model, score: &Score) -> Result<bool> {
    let changed = duplicate::Entity::update_many()
        .col_expr(D::State, Expr::value("open"))
        .col_expr(D::Score, Expr::value(score.points))
        .col_expr(D::Signs, Expr::value(serde_json::to_string(&score.signs)?))
        .col_expr(D::Version, Expr::col(D::Version).add(1))
        .filter(D::Id.eq(row.id))
        .filter(D::Version.eq(row.version))
        .exec(tx.db())
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Judges that the two are different people; the pair stays away until more speaks for it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] without rights over both, [`Error::Invalid`] without a reason,
/// [`Error::Stale`] when somebody was faster.
#[crate::boxed]
pub async fn refuse(cx: &Cx, id: DuplicateId, reason: &str) -> Result<()> {
    check_reason("different_reason", reason)?;
    let mut tx = cx.begin().await?;
    let row = lists::find(cx, tx.db(), id).await?;
    let first = physicians::facts(cx, tx.db(), row.first.into()).await?;
    let second = physicians::facts(cx, tx.db(), row.second.into()).await?;
    access::may_merge(&cx.actor, &first, &second)?;
    judge(cx, &tx, &row, "different", reason).await?;
    for person in [row.first, row.second] {
        let entry = Entry::new("duplicate.refuse", "duplicate", id).about(person.into());
        tx.audit(entry.with(json!({"reason": reason})));
    }
    tx.commit().await
}

fn check_reason(field: &str, reason: &str) -> Result<()> {
    if reason.is_empty() || reason.chars().count() > REASON {
        return Err(Error::invalid(field, "理由を500文字以内で入力してください。記録に残ります。"));
    }
    Ok(())
}

/// Moves an open pair on; whoever comes second reads who was first.
async fn judge(cx: &Cx, tx: &Tx<'_>, row: &duplicate::Model, state: &str, reason: &str) -> Result<()> {
    let changed = duplicate::Entity::update_many()
        .col_expr(D::State, Expr::value(state))
        .col_expr(D::Reason, Expr::value(reason))
        .col_expr(D::DecidedBy, Expr::value(cx.who.signed()))
        .col_expr(D::DecidedAt, Expr::value(cx.now))
        .col_expr(D::Version, Expr::col(D::Version).add(1))
        .filter(D::Id.eq(row.id))
        .filter(D::State.eq("open"))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 1 {
        return Ok(());
    }
    let row = duplicate::Entity::find_by_id(row.id).one(tx.db()).await?.ok_or(Error::NotFound)?;
    Err(Error::Stale(lists::judged(&row)))
}
