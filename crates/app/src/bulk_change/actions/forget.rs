//! Files that were checked and never carried out: their lines name people, and nobody needs them any more.

use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::Result;
use bulk_change::Column as B;
use chrono::Duration;
use mamis_rules::bulk_change::State;
use mamis_schema::{bulk_change, bulk_change_row};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

/// Files of one run of the job.
const MOST: u64 = 50;

/// Deletes files that were checked so many days ago (`people.unused_bulk_changes_days`) and never carried out, each with
/// its lines; how many there were.
///
/// # Errors
/// A fault of the database; what was deleted before stays deleted.
pub(crate) async fn forget(cx: &Cx) -> Result<u64> {
    let before = cx.now - Duration::days(cx.app.settings.people.unused_bulk_changes_days);
    let unused: Vec<Uuid> = bulk_change::Entity::find()
        .select_only()
        .column(B::Id)
        .filter(B::State.eq(State::Checked.name()))
        .filter(B::CreatedAt.lt(before))
        .order_by_asc(B::CreatedAt)
        .limit(MOST)
        .into_tuple()
        .all(cx.db())
        .await?;
    let mut gone = 0;
    for id in unused {
        cx.app.stopping.check()?;
        let mut tx = cx.begin().await?;
        // The lines first, since they name their file. Where an office has it carried out meanwhile, all of them stay.
        let lines = bulk_change_row::Column::BulkChange.eq(id);
        let lines = bulk_change_row::Entity::delete_many().filter(lines).exec(tx.db()).await?.rows_affected;
        let this = bulk_change::Entity::delete_many().filter(B::Id.eq(id));
        let deleted = this.filter(B::State.eq(State::Checked.name())).exec(tx.db()).await?.rows_affected;
        if deleted == 1 {
            tx.audit(Entry::new("bulk_change.forget", "bulk_change", id).with(json!({"lines": lines})));
            tx.commit().await?;
            gone += 1;
        }
    }
    Ok(gone)
}
