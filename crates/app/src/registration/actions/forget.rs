//! What nobody finished is forgotten.

use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::Result;
use mamis_rules::flow::registration::State;
use mamis_schema::registration;
use registration::Column as R;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QuerySelect};
use serde_json::json;

/// Rows that one run takes; the rest waits for the next night.
const MOST: u64 = 5_000;

/// Deletes forms whose link has ended, with their pictures, and pictures that an opened one left behind. Whoever did
/// not open the link has not given us their data.
///
/// # Errors
/// A fault of the database or of the store.
pub(crate) async fn forget(cx: &Cx) -> Result<u64> {
    let unfinished = [State::Draft.name(), State::Started.name()];
    let ended = R::State.is_in(unfinished).and(R::ExpiresAt.lt(cx.app.clock.wall()));
    let left = R::State.is_not_in(unfinished).and(R::LicenceKey.is_not_null());
    let rows = registration::Entity::find()
        .filter(Condition::any().add(ended).add(left))
        .limit(MOST)
        .all(cx.db())
        .await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let mut tx = cx.begin().await?;
    let mut gone = 0;
    for row in rows {
        if let Some(key) = &row.licence_key {
            cx.app.files.remove(key).await?;
        }
        let this = R::Id.eq(row.id).and(R::Version.eq(row.version));
        gone += if unfinished.contains(&row.state.as_str()) {
            registration::Entity::delete_many().filter(this).exec(tx.db()).await?.rows_affected
        } else {
            let kept = registration::Entity::update_many()
                .col_expr(R::LicenceKey, Expr::value(None::<String>))
                .filter(this);
            kept.exec(tx.db()).await?.rows_affected
        };
    }
    tx.audit(Entry::of_list("registration.forget", "registration").with(json!({"rows": gone})));
    tx.commit().await?;
    Ok(gone)
}
