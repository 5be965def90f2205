//! Makes the cards of a run, some hundred at a time. Each chunk is one transaction: whatever happens in between, a card
//! that is in a file is in the tables, and the run goes on behind it.

mod cards;
mod choose;

use super::CHUNK;
use crate::cx::{Cx, Tx, Who};
use crate::error::{Error, Result};
use crate::jobs::Report;
use credential_run::Column as R;
use mamis_rules::physician::card::{Act, State, after};
use mamis_schema::credential_run;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};

/// One step of the oldest run that is not made yet: choosing its people, or one chunk of cards. The report counts people.
///
/// # Errors
/// A fault of the database, the printer or the store; the step is tried again.
#[crate::boxed]
pub async fn make(cx: &Cx) -> Result<Report> {
    make_some(cx, CHUNK).await
}

/// The same with so many cards in a chunk. A test makes small ones.
///
/// # Errors
/// As [`make`].
#[crate::boxed]
pub async fn make_some(cx: &Cx, chunk: u64) -> Result<Report> {
    let unmade = [State::Queued.name(), State::Making.name()];
    let row = credential_run::Entity::find()
        .filter(R::State.is_in(unmade))
        .order_by_asc(R::CreatedAt)
        .order_by_asc(R::Id)
        .one(cx.db())
        .await?;
    let Some(row) = row else { return Ok(Report { done: 0, sentence: String::new() }) };
    // The record names who asked for the cards.
    let who = Who { account: Some(row.account.into()), name: row.by_name.clone(), office: String::new() };
    let cx = Cx { who, ..cx.clone() };
    let state: State = row.state.parse().map_err(Error::fault)?;
    let done = match state {
        State::Queued => choose::choose(&cx, &row).await?,
        _ => cards::make(&cx, &row, chunk).await?,
    };
    // A step that found nothing to do (everybody has logged in meanwhile) is work as well: the next one follows.
    Ok(Report { done: std::cmp::max(done, 1), sentence: format!("{}: {done} people", row.number) })
}

/// Where a run is after a step.
struct Step {
    act: Option<Act>,
    /// People altogether.
    wanted: i32,
    /// People dealt with.
    made: i32,
}

/// Notes how far a run is, if nobody else has moved it: of two nodes at once one commits its step, and a withdrawn run
/// gets no further card.
async fn note(tx: &Tx<'_>, row: &credential_run::Model, step: &Step) -> Result<()> {
    let state: State = row.state.parse().map_err(Error::fault)?;
    let to = match step.act {
        None => state,
        Some(act) => {
            after(state, act).ok_or_else(|| Error::fault(format!("{}: {state} {act}", row.number)))?
        }
    };
    let noted = credential_run::Entity::update_many()
        .col_expr(R::State, Expr::value(to.name()))
        .col_expr(R::Wanted, Expr::value(step.wanted))
        .col_expr(R::Made, Expr::value(step.made))
        .col_expr(R::Version, Expr::col(R::Version).add(1))
        .filter(R::Id.eq(row.id))
        .filter(R::Version.eq(row.version))
        .exec(tx.db())
        .await?;
    if noted.rows_affected == 0 {
        return Err(Error::Stale(format!("{}: another step was faster", row.number)));
    }
    Ok(())
}
