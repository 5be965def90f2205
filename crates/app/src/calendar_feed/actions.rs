//! Making, replacing and ending the address.

use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::dialect;
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use mamis_rules::base::PhysicianId;
use mamis_schema::calendar_feed;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Makes an address for the physician who asks; one that was made before works no more.
///
/// # Errors
/// [`Error::NotFound`] for anybody else; a fault of the database.
#[crate::boxed]
pub async fn renew(cx: &Cx) -> Result<()> {
    let (mut tx, physician) = begin(cx).await?;
    let ended = end_all(cx, &tx, physician).await?;
    let row = calendar_feed::Model {
        id: Uuid::now_v7(),
        physician: physician.into(),
        created_at: cx.now,
        revoked_at: None,
    };
    let entry = Entry::new("calendar_feed.renew", "calendar_feed", row.id).about(physician);
    calendar_feed::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    tx.audit(entry.with(json!({"replaces": ended})));
    tx.commit().await
}

/// Ends the address.
///
/// # Errors
/// [`Error::NotFound`] for anybody else and where there is none; a fault of the database.
#[crate::boxed]
pub async fn end(cx: &Cx) -> Result<()> {
    let (mut tx, physician) = begin(cx).await?;
    if end_all(cx, &tx, physician).await? == 0 {
        return Err(Error::NotFound);
    }
    tx.audit(Entry::new("calendar_feed.end", "physician", physician).about(physician));
    tx.commit().await
}

async fn begin(cx: &Cx) -> Result<(Tx<'_>, PhysicianId)> {
    let physician = cx.actor.physician().ok_or(Error::NotFound)?;
    let tx = cx.begin().await?;
    dialect::lock_physician(tx.db(), physician.into()).await?;
    Ok((tx, physician))
}

async fn end_all(cx: &Cx, tx: &Tx<'_>, physician: PhysicianId) -> Result<u64> {
    let ended = calendar_feed::Entity::update_many()
        .col_expr(calendar_feed::Column::RevokedAt, Expr::value(Some::<DateTime<Utc>>(cx.now)))
        .filter(calendar_feed::Column::Physician.eq(Uuid::from(physician)))
        .filter(calendar_feed::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(ended.rows_affected)
}
