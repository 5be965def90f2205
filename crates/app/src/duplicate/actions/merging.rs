//! Two records become one: everything that names the one that goes names the one that stays.

use super::super::lists::{self, Moved};
use super::super::moves::{FIELDS, MOVED};
use super::{check_reason, judge, record};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::mail::{self, Letter, Recipient};
use crate::physician::lists as physicians;
use account::Column as A;
use mamis_rules::access::physician as access;
use mamis_rules::base::{DuplicateId, MergeId, full_name};
use mamis_rules::physician::duplicate::Side;
use mamis_schema::{account, physician, physician_merge, session, workplace};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, Statement,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;
use workplace::Column as W;

/// What an office decides.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Whose record stays.
    pub kept: Side,
    /// Which record is right, by the name of the field; what is not named stays as it is.
    pub fields: BTreeMap<String, Side>,
    /// Whose login stays; the other one is closed. Where only one has a login, that one stays.
    pub login: Side,
    /// Why it is one person.
    pub reason: String,
    /// The versions of both records that the office looked at.
    pub versions: [i64; 2],
}

const STALE: &str =
    "どちらかの記録が、ほかの人に変更されました。いまの内容を見比べてから、もう一度選んでください。";

/// Merges a pair. Everything that names the record that goes names the other one from then on; what that one has
/// already (the same training, a period at the same association) stays behind and is named in the report. Nothing is
/// deleted.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] without rights over both or where the two contradict each other,
/// [`Error::Invalid`] without a reason, [`Error::Stale`] when somebody was faster.
#[crate::boxed]
pub async fn merge(cx: &Cx, id: DuplicateId, choice: &Choice) -> Result<MergeId> {
    check_reason("reason", &choice.reason)?;
    let mut tx = cx.begin().await?;
    let row = lists::find(cx, tx.db(), id).await?;
    let (first, second) = record::held(&tx, row.first, row.second).await?;
    judge(cx, &tx, &row, "merged", &choice.reason).await?;
    let (kept, merged) = both(cx, &tx, first, second, choice).await?;
    if kept.merged_into.is_some() || merged.merged_into.is_some() {
        return Err(Error::Stale(STALE.to_owned()));
    }
    if let Some(obstacle) = lists::obstacles(tx.db(), kept.id, merged.id).await?.first() {
        return Err(Error::refused(obstacle.clone()));
    }
    let others = if choice.kept == Side::First { Side::Second } else { Side::First };
    let fields = record::choose(&kept, &merged, |field| choice.fields.get(field.name) == Some(&others))?;
    // What an import wrote against the law before is no reason not to merge.
    let was_lawful = lists::check_periods(tx.db(), kept.id).await.is_ok();
    let (moved, stayed) = everything(&tx, kept.id, merged.id).await?;
    if was_lawful {
        lists::check_periods(tx.db(), kept.id).await?;
    }
    let main = one_main(cx, &tx, kept.id, &moved).await?;
    // After the moves: what is noted about the record that goes stays with it.
    record::write(cx, &tx, &kept, &merged, &fields, Some(kept.id)).await?;
    let (accounts, closed) = logins(&tx, kept.id, merged.id, choice.login == choice.kept).await?;
    if let Some(closed) = &closed {
        tell(cx, &mut tx, &kept, &merged, closed).await?;
    }
    let written = physician_merge::Model {
        id: Uuid::now_v7(),
        duplicate: row.id,
        kept: kept.id,
        merged: merged.id,
        fields: serde_json::to_string(&fields)?,
        moved: serde_json::to_string(&moved.iter().chain(&main).collect::<BTreeMap<_, _>>())?,
        stayed: serde_json::to_string(&stayed)?,
        accounts: serde_json::to_string(&accounts)?,
        reason: choice.reason.clone(),
        by_name: cx.who.signed(),
        created_at: cx.now,
        undone_at: None,
        undone_by: String::new(),
        undone_reason: String::new(),
    };
    let id = written.id;
    physician_merge::ActiveModel::from(written).reset_all().insert(tx.db()).await?;
    let count = |rows: &Moved| rows.values().map(Vec::len).sum::<usize>();
    let chosen: Vec<&str> = FIELDS
        .iter()
        .filter(|field| choice.fields.get(field.name) == Some(&others))
        .map(|field| field.name)
        .collect();
    for person in [kept.id, merged.id] {
        let detail = json!({"kept": kept.id, "merged": merged.id, "moved": count(&moved), "stayed": count(&stayed),
            "fields": chosen, "reason": choice.reason});
        tx.audit(Entry::new("physician.merge", "physician_merge", id).about(person.into()).with(detail));
    }
    tx.commit().await?;
    Ok(id.into())
}

/// The record that stays and the one that goes, as the office saw them.
async fn both(
    cx: &Cx,
    tx: &Tx<'_>,
    first: physician::Model,
    second: physician::Model,
    choice: &Choice,
) -> Result<(physician::Model, physician::Model)> {
    let facts = [
        physicians::facts(cx, tx.db(), first.id.into()).await?,
        physicians::facts(cx, tx.db(), second.id.into()).await?,
    ];
    access::may_merge(&cx.actor, &facts[0], &facts[1])?;
    if [first.version, second.version] != choice.versions {
        return Err(Error::Stale(STALE.to_owned()));
    }
    Ok(if choice.kept == Side::First { (first, second) } else { (second, first) })
}

/// Moves every row of the table of moves; answers with what moved and what stayed.
async fn everything(tx: &Tx<'_>, kept: Uuid, merged: Uuid) -> Result<(Moved, Moved)> {
    let backend = tx.db().get_database_backend();
    let (mut moved, mut stayed) = (Moved::new(), Moved::new());
    for one in MOVED {
        let (table, column) = (one.table, one.column);
        let goes = if one.stays.is_empty() { String::new() } else { format!(" and not ({})", one.stays) };
        let sql = format!("update {table} as m set {column} = $2 where m.{column} = $1{goes} returning id");
        let values = [merged.into(), kept.into()];
        let rows = tx.db().query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        let ids =
            rows.iter().map(|row| row.try_get("", "id")).collect::<std::result::Result<Vec<Uuid>, _>>()?;
        let name = format!("{table}.{column}");
        if !ids.is_empty() {
            moved.insert(name.clone(), ids);
        }
        let sql = format!("select id from {table} where {column} = $1");
        let rows =
            tx.db().query_all_raw(Statement::from_sql_and_values(backend, sql, [merged.into()])).await?;
        let ids =
            rows.iter().map(|row| row.try_get("", "id")).collect::<std::result::Result<Vec<Uuid>, _>>()?;
        if !ids.is_empty() {
            stayed.insert(name, ids);
        }
    }
    Ok((moved, stayed))
}

/// Names, beside what moved, the workplaces that were main ones before.
pub(super) const MAIN: &str = "workplace.main";

/// Nobody has two main workplaces at once: those that came with the other record give way to the one that is there.
async fn one_main(cx: &Cx, tx: &Tx<'_>, kept: Uuid, moved: &Moved) -> Result<Moved> {
    let came = moved.get("workplace.physician").cloned().unwrap_or_default();
    let today = cx.today().date();
    let main = || {
        workplace::Entity::find()
            .filter(W::Physician.eq(kept))
            .filter(W::Main.eq(true))
            .filter(W::ValidUntil.is_null().or(W::ValidUntil.gte(today)))
    };
    if main().filter(W::Id.is_not_in(came.iter().copied())).one(tx.db()).await?.is_none() {
        return Ok(Moved::new());
    }
    let came: Vec<Uuid> =
        main().filter(W::Id.is_in(came)).all(tx.db()).await?.into_iter().map(|row| row.id).collect();
    workplace::Entity::update_many()
        .col_expr(W::Main, Expr::value(false))
        .filter(W::Id.is_in(came.iter().copied()))
        .exec(tx.db())
        .await?;
    Ok(if came.is_empty() { Moved::new() } else { Moved::from([(MAIN.to_owned(), came)]) })
}

/// An account before the merging.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Login {
    pub(super) id: Uuid,
    pub(super) physician: Uuid,
    pub(super) state: String,
}

/// One login stays and opens the record that stays; the other is closed and its sessions end.
async fn logins(
    tx: &Tx<'_>,
    kept: Uuid,
    merged: Uuid,
    own_stays: bool,
) -> Result<(Vec<Login>, Option<Closed>)> {
    let own = account::Entity::find().filter(A::Physician.eq(kept)).one(tx.db()).await?;
    let others = account::Entity::find().filter(A::Physician.eq(merged)).one(tx.db()).await?;
    let login = |row: &account::Model, physician| Login { id: row.id, physician, state: row.state.clone() };
    let before = own.iter().map(|row| login(row, kept)).chain(others.iter().map(|row| login(row, merged)));
    let before = before.collect();
    let mut closed = None;
    match (own, others) {
        (Some(own), Some(others)) if own_stays => {
            close(tx, own.id, others.id).await?;
            closed = Some(Closed { stays: own.login_id, goes: others.login_id });
        }
        (Some(own), Some(others)) => {
            // Nobody has two logins, not even for a moment.
            set(tx, own.id, None, None).await?;
            set(tx, others.id, Some(kept), None).await?;
            set(tx, own.id, Some(merged), None).await?;
            close(tx, others.id, own.id).await?;
            closed = Some(Closed { stays: others.login_id, goes: own.login_id });
        }
        (None, Some(others)) => set(tx, others.id, Some(kept), None).await?,
        (_, None) => {}
    }
    Ok((before, closed))
}

/// A login that was closed, and the one that opens the record from now on; by their ids.
struct Closed {
    stays: String,
    goes: String,
}

/// Tells the owner by mail which login is left: at the address in use, and at the one that the other record had.
async fn tell(
    cx: &Cx,
    tx: &mut Tx<'_>,
    kept: &physician::Model,
    merged: &physician::Model,
    closed: &Closed,
) -> Result<()> {
    let now = physician::Entity::find_by_id(kept.id).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let office = if cx.who.office.is_empty() { "医師会の事務局" } else { &cx.who.office };
    let data = json!({
        "name": full_name(&now.family_name, &now.given_name), "office": office, "stays": closed.stays,
        "closed": closed.goes, "link": format!("{}/login", cx.app.settings.public_url),
    });
    let proved = [kept, merged].into_iter().filter(|row| row.email_verified_at.is_some());
    let others: BTreeSet<&String> = proved
        .filter_map(|row| row.email.as_ref())
        .filter(|email| now.email.as_ref() != Some(*email))
        .collect();
    let others = others
        .into_iter()
        .map(|address| Recipient::Address { physician: now.id.into(), address: address.clone() });
    for to in std::iter::once(Recipient::Physician(now.id.into())).chain(others) {
        mail::queue_by_mail(cx, tx, Letter::new("login_closed", to, &data)?).await?;
    }
    Ok(())
}

async fn close(tx: &Tx<'_>, stays: Uuid, goes: Uuid) -> Result<()> {
    debug_assert_ne!(stays, goes, "two accounts");
    account::Entity::update_many()
        .col_expr(A::State, Expr::value("closed"))
        .col_expr(A::Version, Expr::col(A::Version).add(1))
        .filter(A::Id.eq(goes))
        .exec(tx.db())
        .await?;
    session::Entity::delete_many().filter(session::Column::Account.eq(goes)).exec(tx.db()).await?;
    Ok(())
}

/// Says whose an account is, and in which state.
pub(super) async fn set(tx: &Tx<'_>, id: Uuid, physician: Option<Uuid>, state: Option<&str>) -> Result<()> {
    let mut update = account::Entity::update_many()
        .col_expr(A::Physician, Expr::value(physician))
        .col_expr(A::Version, Expr::col(A::Version).add(1));
    if let Some(state) = state {
        update = update.col_expr(A::State, Expr::value(state));
    }
    update.filter(A::Id.eq(id)).exec(tx.db()).await?;
    Ok(())
}
