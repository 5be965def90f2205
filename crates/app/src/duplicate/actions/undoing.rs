//! Taking a merging back: exactly what moved moves back.

use super::super::lists::{self, Moved};
use super::super::{UNDO_DAYS, moves::MOVED};
use super::check_reason;
use super::merging::{Login, MAIN, set};
use super::record::{self, Both};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::decision;
use crate::error::{Error, Result};
use crate::physician::lists as physicians;
use mamis_rules::access::physician as access;
use mamis_rules::base::{Day, MergeId};
use mamis_schema::{account, duplicate, physician_merge, session, workplace};
use physician_merge::Column as M;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, Statement, Value};
use serde_json::json;
use uuid::Uuid;

/// Rows moved back in one statement.
const ROWS: usize = 500;

/// Takes a merging back within 90 days. Rows move back that moved then and still belong to the record that stayed;
/// fields become what they were, as far as nobody changed them since. Answers with the labels of those that somebody
/// did change.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] without the right or when it is too late, [`Error::Invalid`] without a
/// reason, [`Error::Stale`] when somebody was faster.
#[crate::boxed]
pub async fn undo(cx: &Cx, id: MergeId, reason: &str) -> Result<Vec<String>> {
    check_reason("reason", reason)?;
    let mut tx = cx.begin().await?;
    let (row, _) = lists::find_merge(cx, tx.db(), id).await?;
    let (kept, merged) = record::held(&tx, row.kept, row.merged).await?;
    let facts = physicians::facts(cx, tx.db(), kept.id.into()).await?;
    access::may_merge(&cx.actor, &facts, &facts)?;
    note(cx, &tx, &row, reason).await?;
    if Day::of(row.created_at).plus_days(UNDO_DAYS) < cx.today() {
        return Err(Error::refused(format!(
            "統合から{UNDO_DAYS}日を過ぎたため、元に戻せません。日本医師会の事務局にご相談ください。"
        )));
    }
    if kept.merged_into.is_some() || merged.merged_into != Some(kept.id) {
        return Err(Error::refused(
            "残した記録が、そのあとさらに統合されています。新しい統合から順に、元に戻してください。",
        ));
    }
    let mut changed_since = Vec::new();
    let fields: Both = serde_json::from_str(&row.fields)?;
    let back = Both {
        kept: record::reversed(&kept, &fields.kept, &mut changed_since)?,
        merged: record::reversed(&merged, &fields.merged, &mut changed_since)?,
    };
    let back = in_pairs(back, &fields);
    let moved: Moved = serde_json::from_str(&row.moved)?;
    let rows = everything(&tx, kept.id, merged.id, &moved).await?;
    if let Some(main) = moved.get(MAIN) {
        use workplace::Column as W;
        workplace::Entity::update_many()
            .col_expr(W::Main, Expr::value(true))
            .filter(W::Physician.eq(merged.id))
            .filter(W::Id.is_in(main.iter().copied()))
            .exec(tx.db())
            .await?;
    }
    record::write(cx, &tx, &kept, &merged, &back, None).await?;
    logins(&tx, &serde_json::from_str::<Vec<Login>>(&row.accounts)?).await?;
    reopen(&tx, row.duplicate).await?;
    changed_since.dedup();
    for person in [kept.id, merged.id] {
        let detail = json!({"kept": kept.id, "merged": merged.id, "moved": rows, "reason": reason,
            "changed_since": changed_since});
        tx.audit(Entry::new("physician.unmerge", "physician_merge", id).about(person.into()).with(detail));
    }
    tx.commit().await?;
    Ok(changed_since)
}

/// What nobody else may have goes back on both sides or on neither.
fn in_pairs(mut back: Both, fields: &Both) -> Both {
    let halves = |name: &str, back: &Both| {
        fields.merged.contains_key(name) && back.kept.contains_key(name) != back.merged.contains_key(name)
    };
    let lone: Vec<String> =
        fields.merged.keys().filter(|name| halves(name.as_str(), &back)).cloned().collect();
    for name in lone {
        back.kept.remove(&name);
        back.merged.remove(&name);
    }
    back
}

/// Notes who takes it back, once.
async fn note(cx: &Cx, tx: &Tx<'_>, row: &physician_merge::Model, reason: &str) -> Result<()> {
    let changed = physician_merge::Entity::update_many()
        .col_expr(M::UndoneAt, Expr::value(cx.now))
        .col_expr(M::UndoneBy, Expr::value(cx.who.signed()))
        .col_expr(M::UndoneReason, Expr::value(reason))
        .filter(M::Id.eq(row.id))
        .filter(M::UndoneAt.is_null())
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 1 {
        return Ok(());
    }
    let row = physician_merge::Entity::find_by_id(row.id).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let at = row.undone_at.map(decision::at).unwrap_or_default();
    Err(Error::Stale(format!("この統合は、{}が{at}に元に戻しました。", row.undone_by)))
}

/// Moves back what moved and was not moved on since; answers with how much.
async fn everything(tx: &Tx<'_>, kept: Uuid, merged: Uuid, moved: &Moved) -> Result<u64> {
    let backend = tx.db().get_database_backend();
    let mut done = 0;
    for one in MOVED {
        let (table, column) = (one.table, one.column);
        let ids = moved.get(&format!("{table}.{column}")).map(Vec::as_slice).unwrap_or_default();
        for ids in ids.chunks(ROWS) {
            let places: Vec<String> = (0..ids.len()).map(|at| format!("${}", at + 3)).collect();
            let places = places.join(", ");
            let sql = format!("update {table} set {column} = $1 where {column} = $2 and id in ({places})");
            let values: Vec<Value> =
                [merged, kept].into_iter().chain(ids.iter().copied()).map(Value::from).collect();
            done += tx
                .db()
                .execute_raw(Statement::from_sql_and_values(backend, sql, values))
                .await?
                .rows_affected();
        }
    }
    Ok(done)
}

/// Each login opens its own record again, in the state it had.
async fn logins(tx: &Tx<'_>, before: &[Login]) -> Result<()> {
    for login in before {
        set(tx, login.id, None, None).await?;
    }
    for login in before {
        let now = account::Entity::find_by_id(login.id).one(tx.db()).await?.ok_or(Error::NotFound)?;
        // Closed by the merging; suspended since then it stays suspended.
        let state = (now.state == "closed").then_some(login.state.as_str());
        set(tx, login.id, Some(login.physician), state).await?;
        // Whoever is logged in sees another record from now on, and should know.
        session::Entity::delete_many().filter(session::Column::Account.eq(login.id)).exec(tx.db()).await?;
    }
    Ok(())
}

/// The pair may be judged anew.
async fn reopen(tx: &Tx<'_>, pair: Uuid) -> Result<()> {
    use duplicate::Column as D;
    duplicate::Entity::update_many()
        .col_expr(D::State, Expr::value("open"))
        .col_expr(D::Version, Expr::col(D::Version).add(1))
        .filter(D::Id.eq(pair))
        .exec(tx.db())
        .await?;
    Ok(())
}
