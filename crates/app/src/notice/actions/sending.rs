//! Writing the letters of a notice, batch by batch: each batch and the place it reached are one transaction, so that
//! whoever dies in the middle leaves nothing half done, and of two who write the same batch one finds it written.

use super::super::letter;
use super::super::lists::{self, Found};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::mail::{Letter, queue_and_count};
use crate::unsubscription::lists::among;
use mamis_rules::notice::{Command, State};
use mamis_schema::notice;
use notice::Column as N;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Letters written in one transaction: some tenths of a second, in which nobody else writes on SQLite.
const BATCH: u64 = 500;

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::notice) enum Step {
    /// So many letters were written.
    Wrote(u64),
    /// Nobody is left: all letters are written.
    Finished,
    /// Somebody else wrote it, or the notice was stopped.
    Lost,
}

/// Lets a notice begin to leave whose time has come; false when another node was faster.
pub(in crate::notice) async fn begin(cx: &Cx, found: &Found) -> Result<bool> {
    let to = found.state.after(Command::Begin)?;
    let mut tx = cx.begin().await?;
    let begun = notice::Entity::update_many()
        .col_expr(N::State, Expr::value(to.name()))
        .col_expr(N::Version, Expr::col(N::Version).add(1))
        .filter(N::Id.eq(found.row.id))
        .filter(N::State.eq(found.state.name()))
        .filter(N::Version.eq(found.row.version))
        .exec(tx.db())
        .await?;
    if begun.rows_affected == 0 {
        return Ok(false);
    }
    tx.audit(Entry::new("notice.begin", "notice", found.row.id));
    tx.commit().await?;
    Ok(true)
}

/// Writes the next letters of a notice that leaves.
pub(in crate::notice) async fn write(cx: &Cx, found: &Found) -> Result<Step> {
    let (ids, people) = match lists::batch(cx, found, BATCH).await {
        Ok(batch) => batch,
        Err(Error::Invalid(problems)) => {
            let texts: Vec<String> = problems.into_iter().map(|problem| problem.text).collect();
            return give_up(cx, found, &texts.join("")).await;
        }
        Err(Error::Refused(text)) => return give_up(cx, found, &text).await,
        Err(error) => return Err(error),
    };
    let Some(last) = ids.last().copied() else { return finish(cx, found).await };
    let office = found.office.id.into();
    let without = match found.row.obligatory {
        true => Default::default(),
        false => among(cx.db(), office, &ids).await?,
    };
    let readers = people.iter().filter(|person| !without.contains(&person.row.id));
    let letters: Result<Vec<Letter>> =
        readers.map(|person| letter(&cx.app, &found.row, &found.office.name, person)).collect();
    let mut tx = cx.begin().await?;
    if !reach(&tx, found, last).await? {
        return Ok(Step::Lost);
    }
    let queued = queue_and_count(cx, &mut tx, letters?).await?;
    let left_out = i32::try_from(without.len()).map_err(Error::fault)?;
    notice::Entity::update_many()
        .col_expr(N::ByMail, Expr::col(N::ByMail).add(queued.mail))
        .col_expr(N::ByPost, Expr::col(N::ByPost).add(queued.post))
        .col_expr(N::Unsubscribed, Expr::col(N::Unsubscribed).add(left_out))
        .filter(N::Id.eq(found.row.id))
        .exec(tx.db())
        .await?;
    let detail = json!({"mail": queued.mail, "post": queued.post, "unsubscribed": left_out});
    tx.audit(Entry::new("notice.send", "notice", found.row.id).with(detail));
    tx.commit().await?;
    Ok(Step::Wrote(ids.len() as u64))
}

/// Moves the place that was reached, when it is where it was read and the notice still leaves. The row stays locked
/// until the commit: a second writer waits here and then finds it moved.
async fn reach(tx: &Tx<'_>, found: &Found, last: Uuid) -> Result<bool> {
    let here = match found.row.reached {
        Some(reached) => N::Reached.eq(reached),
        None => N::Reached.is_null(),
    };
    let moved = notice::Entity::update_many()
        .col_expr(N::Reached, Expr::value(last))
        .filter(N::Id.eq(found.row.id))
        .filter(N::State.eq(State::Sending.name()))
        .filter(here)
        .exec(tx.db())
        .await?;
    Ok(moved.rows_affected == 1)
}

async fn finish(cx: &Cx, found: &Found) -> Result<Step> {
    end(cx, found, Command::Finish, "").await?;
    Ok(Step::Finished)
}

/// Ends a notice whose question no longer says who is meant, e.g. since an association was closed. The office reads why.
async fn give_up(cx: &Cx, found: &Found, problem: &str) -> Result<Step> {
    end(cx, found, Command::Stop, problem).await?;
    Ok(Step::Lost)
}

async fn end(cx: &Cx, found: &Found, command: Command, problem: &str) -> Result<()> {
    let to = found.state.after(command)?;
    let mut tx = cx.begin().await?;
    let ended = notice::Entity::update_many()
        .col_expr(N::State, Expr::value(to.name()))
        .col_expr(N::EndedAt, Expr::value(cx.now))
        .col_expr(N::Problem, Expr::value(problem))
        .col_expr(N::Version, Expr::col(N::Version).add(1))
        .filter(N::Id.eq(found.row.id))
        .filter(N::State.eq(found.state.name()))
        .exec(tx.db())
        .await?;
    if ended.rows_affected == 0 {
        return Ok(());
    }
    tx.audit(Entry::new("notice.finish", "notice", found.row.id).with(json!({"problem": problem})));
    tx.commit().await
}
