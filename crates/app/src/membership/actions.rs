//! The one place that writes periods of membership.

use super::lists::Held;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::Result;
use mamis_rules::base::PhysicianId;
use mamis_rules::membership::{Refusal, Write};
use mamis_schema::membership;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Why periods are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Because {
    /// joining, transfer, category, leaving, undo, merger or move.
    pub(crate) cause: &'static str,
    /// The application decided; none where an association is succeeded by another.
    pub(crate) application: Option<Uuid>,
}

/// Writes what the rules found. `held` are the periods that the rules were given, in their order. Ends come first:
/// nobody has two open periods at one association at a time.
///
/// # Errors
/// A refusal of the rules as a sentence; a fault of the database.
pub(crate) async fn carry_out(
    cx: &Cx,
    tx: &mut Tx<'_>,
    physician: PhysicianId,
    held: &[Held],
    writes: std::result::Result<Vec<Write>, Refusal>,
    because: Because,
) -> Result<()> {
    let writes = writes?;
    let (ends, begins): (Vec<Write>, Vec<Write>) =
        writes.into_iter().partition(|write| matches!(write, Write::Close { .. }));
    for write in ends.into_iter().chain(begins) {
        let (id, detail) = match write {
            Write::Close { index, until } => {
                let Some(ended) = held.get(index) else { continue };
                end(tx, ended.id, until.date(), because).await?;
                (ended.id, json!({"until": until}))
            }
            Write::Reopen { index } => {
                let Some(ended) = held.get(index) else { continue };
                reopen(tx, ended.id).await?;
                (ended.id, json!({"until": null}))
            }
            Write::Open(period) => {
                let row = membership::Model {
                    id: Uuid::now_v7(),
                    physician: physician.into(),
                    association: period.association.into(),
                    tier: period.tier.name().to_owned(),
                    category: period.category.name().to_owned(),
                    valid_from: period.from.date(),
                    valid_until: period.until.map(|day| day.date()),
                    created_at: cx.now,
                    cause: because.cause.to_owned(),
                    opened_by: because.application,
                    closed_by: None,
                };
                let detail = json!({"tier": row.tier, "category": row.category, "from": period.from});
                let id = row.id;
                membership::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
                (id, detail)
            }
        };
        tx.audit(Entry::new("membership.write", "membership", id).about(physician).with(detail));
    }
    Ok(())
}

/// The period goes on: its last day had not come yet.
async fn reopen(tx: &Tx<'_>, id: Uuid) -> Result<()> {
    use membership::Column as M;
    membership::Entity::update_many()
        .col_expr(M::ValidUntil, Expr::value(None::<chrono::NaiveDate>))
        .col_expr(M::ClosedBy, Expr::value(None::<Uuid>))
        .filter(M::Id.eq(id))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// The only change that a period ever sees: its last day.
async fn end(tx: &Tx<'_>, id: Uuid, until: chrono::NaiveDate, because: Because) -> Result<()> {
    use membership::Column as M;
    membership::Entity::update_many()
        .col_expr(M::ValidUntil, Expr::value(until))
        .col_expr(M::ClosedBy, Expr::value(because.application))
        .filter(M::Id.eq(id))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Leaves a trace of a ledger that leaves the system.
///
/// # Errors
/// A fault of the database.
pub(super) async fn note_export(cx: &Cx, filter: &super::lists::ledger::Filter, rows: usize) -> Result<()> {
    let mut tx = cx.begin().await?;
    tx.audit(super::export::entry(filter, rows));
    tx.commit().await
}
