//! Ending the notices of an office, and beginning them again.

use super::{Pair, lists};
use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::{Error, Result};
use mamis_schema::unsubscription;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use unsubscription::Column as U;
use uuid::Uuid;

/// Ends the notices of a link; ended ones stay ended.
///
/// # Errors
/// [`Error::NotFound`] for a link that is not ours.
#[crate::boxed]
pub async fn end(cx: &Cx, token: &str) -> Result<()> {
    let pair = Pair::read(&cx.app, token).ok_or(Error::NotFound)?;
    let mut tx = cx.begin().await?;
    if lists::running(pair).one(tx.db()).await?.is_some() {
        return Ok(());
    }
    let row = unsubscription::Model {
        id: Uuid::now_v7(),
        physician: pair.physician.into(),
        association: pair.association.into(),
        created_at: cx.now,
        ended_at: None,
    };
    tx.audit(note("unsubscription.begin", pair));
    unsubscription::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    tx.commit().await
}

/// Lets the notices of a link come again.
///
/// # Errors
/// [`Error::NotFound`] for a link that is not ours.
#[crate::boxed]
pub async fn resume(cx: &Cx, token: &str) -> Result<()> {
    let pair = Pair::read(&cx.app, token).ok_or(Error::NotFound)?;
    let mut tx = cx.begin().await?;
    let ended = unsubscription::Entity::update_many()
        .col_expr(U::EndedAt, Expr::value(cx.now))
        .filter(U::Physician.eq(Uuid::from(pair.physician)))
        .filter(U::Association.eq(Uuid::from(pair.association)))
        .filter(U::EndedAt.is_null())
        .exec(tx.db())
        .await?;
    if ended.rows_affected == 0 {
        return Ok(());
    }
    tx.audit(note("unsubscription.end", pair));
    tx.commit().await
}

fn note(action: &'static str, pair: Pair) -> Entry {
    Entry::new(action, "association", pair.association).about(pair.physician).with(json!({"by": "link"}))
}
