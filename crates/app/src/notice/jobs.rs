//! Notices whose time has come.

use super::actions::sending::{Step, begin, write};
use super::lists::dress;
use crate::cx::Cx;
use crate::error::Result;
use crate::jobs::Report;
use mamis_rules::notice::State;
use mamis_schema::notice;
use notice::Column as N;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};

/// Writes the letters of every notice that is due, one notice after the other. Whatever was written stays written
/// when the process ends; the next round goes on behind it.
///
/// # Errors
/// A fault of the database; asked to stop, the process ends between two batches.
#[crate::boxed]
pub async fn send_due(cx: &Cx) -> Result<Report> {
    let (mut letters, mut notices) = (0, 0);
    while let Some(row) = next(cx).await? {
        let found = dress(cx.db(), row).await?;
        if found.state == State::Scheduled {
            begin(cx, &found).await?;
            continue;
        }
        match write(cx, &found).await? {
            Step::Wrote(count) => letters += count,
            Step::Finished => notices += 1,
            Step::Lost => {}
        }
        cx.app.stopping.check()?;
    }
    Ok(Report { done: letters + notices, sentence: format!("{letters} people, {notices} notices finished") })
}

/// The notice that is due the longest.
async fn next(cx: &Cx) -> Result<Option<notice::Model>> {
    let due = N::State.eq(State::Scheduled.name()).and(N::SendAt.lte(cx.now));
    Ok(notice::Entity::find()
        .filter(due.or(N::State.eq(State::Sending.name())))
        .order_by_asc(N::SendAt)
        .order_by_asc(N::Id)
        .one(cx.db())
        .await?)
}
