//! Changes of associations on their day.

use super::actions;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::jobs::Report;
use mamis_schema::association_change;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Changes in one run; the next run takes the rest.
const MOST: u64 = 500;

/// Carries out the changes whose day has come, the earliest first, each in its own transaction.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn carry_out_changes(cx: &Cx) -> Result<Report> {
    use association_change::Column as C;
    let due = association_change::Entity::find()
        .filter(C::AppliedAt.is_null())
        .filter(C::WithdrawnAt.is_null())
        .filter(C::EffectiveOn.lte(cx.today().date()))
        .order_by_asc(C::EffectiveOn)
        .order_by_asc(C::CreatedAt)
        .limit(MOST)
        .all(cx.db())
        .await?;
    let mut done = 0;
    for change in &due {
        match actions::carry_out(cx, change).await {
            Ok(is_done) => done += u64::from(is_done),
            // What stands in its way is shown to its office; the next day it is tried again.
            Err(Error::Refused(reason)) => {
                tracing::warn!(change = %change.id, reason, "a change waits");
                actions::note_obstacle(cx, change, &reason).await?;
            }
            Err(error) => return Err(error),
        }
        cx.app.stopping.check()?;
    }
    Ok(Report { done, sentence: format!("{done} changes of associations") })
}
