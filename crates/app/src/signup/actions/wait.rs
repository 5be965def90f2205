//! The waiting list: standing on it, and who goes first.

use super::hall::Hall;
use super::{SignedUp, is_visible, letters, lists, names};
use crate::audit::Entry;
use crate::cx::Cx;
use crate::db::dialect::lock_physician;
use crate::error::{Error, Result};
use crate::mail::queue;
use crate::training::standing::window;
use crate::waiting_offer::actions::pass_on;
use crate::waiting_offer::lists::{at_host, place_of};
use mamis_rules::access;
use mamis_rules::base::{PhysicianId, SignupId, TrainingId};
use mamis_rules::flow::training_approval::HeldAt;
use mamis_rules::signup::state::State;
use mamis_rules::signup::{self as rules, Facts, Refusal};
use mamis_schema::signup;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;

/// A physician stands on the waiting list of a training that has no seat left.
///
/// # Errors
/// [`Error::NotFound`] for an unknown training, a refusal in the words of the rules (also when a seat is free after
/// all), or a fault.
#[crate::boxed]
pub async fn wait(cx: &Cx, training: TrainingId) -> Result<SignedUp> {
    let physician = cx.actor.physician().ok_or(Error::NotFound)?;
    access::training::may_sign_up(&cx.actor, physician)?;
    let mut tx = cx.begin().await?;
    lock_physician(tx.db(), physician.into()).await?;
    let mut hall = Hall::lock(&tx, training.into()).await?;
    let (has_seat, overlap) = lists::at_that_time(tx.db(), physician, &hall.training).await?;
    let before = hall.waiting(&tx, physician).await?;
    let row = &hall.training;
    let facts = Facts {
        state: hall.state()?,
        window: window(row.recruits_from, row.recruits_until),
        held: HeldAt { starts_at: row.starts_at, ends_at: row.ends_at },
        seats: hall.seats(),
        has_seat,
        is_waiting: before.is_some(),
        others_wait: hall.others_wait(&tx, physician).await?,
        overlap,
    };
    match (rules::check_wait(&facts, cx.now), before) {
        (Ok(()), _) => {}
        (Err(Refusal::Waiting), Some(row)) => return Ok(SignedUp::Before(row.id.into())),
        (Err(refusal), _) => {
            drop(tx);
            if refusal == Refusal::NotPublished && !is_visible(cx, training).await? {
                return Err(Error::NotFound);
            }
            return Err(Error::refused(refusal.to_string()));
        }
    }
    let id = hall.wait(cx, &tx, physician).await?;
    tx.audit(Entry::new("signup.wait", "signup", id).about(physician));
    let place = place_of(tx.db(), &hall.signup(&tx, id).await?).await?;
    let letter = letters::waiting(cx, &hall.training, physician, &cx.who.name, place)?;
    queue(cx, &mut tx, letter).await?;
    // Somebody may have left the line in another way than by an answer.
    pass_on(cx, &mut tx, &mut hall).await?;
    tx.commit().await?;
    Ok(SignedUp::Now(id))
}

/// The host lets somebody go first on the waiting list, or not any more: with a reason, which stays.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`] without a reason, a refusal for anybody but the host, [`Error::Stale`] for
/// somebody who does not wait any more.
#[crate::boxed]
pub async fn prioritise(cx: &Cx, id: SignupId, first: Rank, reason: &str) -> Result<TrainingId> {
    if reason.is_empty() {
        return Err(Error::invalid("reason", "理由を入力してください。記録に残ります。"));
    }
    let mut tx = cx.begin().await?;
    let (row, _) = at_host(cx, tx.db(), id).await?;
    Hall::lock(&tx, row.training).await?;
    let (priority, kept) = match first {
        Rank::First => (1, reason),
        Rank::Usual => (0, ""),
    };
    let changed = signup::Entity::update_many()
        .col_expr(signup::Column::Priority, Expr::value(priority))
        .col_expr(signup::Column::PriorityReason, Expr::value(kept))
        .col_expr(signup::Column::Version, Expr::col(signup::Column::Version).add(1))
        .filter(signup::Column::Id.eq(row.id))
        .filter(signup::Column::State.eq(State::Waiting.name()))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(Error::Stale("この人は、もうキャンセル待ちをしていません。".to_owned()));
    }
    let detail = json!({"training": row.training, "priority": priority, "reason": reason});
    tx.audit(Entry::new("signup.prioritise", "signup", id).about(row.physician.into()).with(detail));
    tx.commit().await?;
    Ok(row.training.into())
}

/// Where somebody stands on the waiting list by the word of an office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// Before all others, behind those who go first already and came before.
    First,
    /// In the order in which people came.
    Usual,
}

/// The name of one person.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn name_of(tx: &crate::Tx<'_>, physician: PhysicianId) -> Result<String> {
    let mut names = names(tx, vec![physician.into()]).await?;
    Ok(names.remove(&physician.into()).unwrap_or_default())
}
