//! Questions about cards.

use super::{MOST, Selection};
use crate::association::lists::names;
use crate::cx::Cx;
use crate::db::{dialect, scope};
use crate::error::{Error, Result};
use chrono::{DateTime, Duration, Utc};
use credential_run::Column as R;
use mamis_rules::access::physician::Fact;
use mamis_rules::access::provisional_credential::visible_to;
use mamis_rules::access::{Duty, Office, Scope};
use mamis_rules::association::{Prefecture, Tier};
use mamis_rules::base::{AccountId, AssociationId, CredentialRunId, Day, full_name};
use mamis_rules::physician::card::{Kind, REMINDER_DAYS, State, Way};
use mamis_schema::{
    account, association, credential_file, credential_run, physician, provisional_credential,
};
use physician::Column as P;
use provisional_credential::Column as C;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Runs on a page.
pub const PAGE: u64 = 30;

/// People without a card named on a page.
pub const NAMED: u64 = 300;

/// An office that may send cards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The association.
    pub id: AssociationId,
    /// Its name.
    pub name: String,
}

/// The offices of the actor that may send cards.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn senders(cx: &Cx) -> Result<Vec<Sender>> {
    let own: Vec<AssociationId> =
        crate::desk::associations(&cx.actor, Duty::Membership).into_iter().map(|at| at.id).collect();
    let names = names(cx.db(), own.iter().copied().map(Uuid::from)).await?;
    let named = |id: AssociationId| names.get(&id.into()).map(|name| Sender { id, name: name.clone() });
    Ok(own.into_iter().filter_map(named).collect())
}

/// Whose login is the office's care: its members, and for a prefectural association non-members who work there.
pub(super) async fn own_people(db: &impl ConnectionTrait, at: AssociationId) -> Result<Scope<Fact>> {
    let row = association::Entity::find_by_id(Uuid::from(at)).one(db).await?.ok_or(Error::NotFound)?;
    let prefecture = row.prefecture.and_then(Prefecture::stored);
    let tier: Tier = row.tier.parse().map_err(Error::fault)?;
    let desk = prefecture.filter(|_| tier == Tier::Prefectural).map(Fact::NonMemberWorkingIn);
    Ok(Scope::any_fact(std::iter::once(Fact::BelongsAtOrBelow(at)).chain(desk)))
}

/// People of an office who have not logged in, as a run asks for them: those who never got a card, or those who got the
/// last one long enough ago.
pub(super) fn wanted(
    people: &Scope<Fact>,
    chosen: &Selection,
    today: Day,
    now: DateTime<Utc>,
) -> Select<physician::Entity> {
    let person = || Expr::col((physician::Entity, P::Id));
    let mut found = physician::Entity::find()
        .filter(P::MergedInto.is_null())
        .filter(P::DeceasedOn.is_null())
        .filter(scope::physicians(people, today))
        .filter(Expr::exists(logins_in_use()).not());
    if let Some(id) = chosen.within {
        let members = Scope::Fact(Fact::BelongsAtOrBelow(id));
        found = found.filter(scope::physicians(&members, today));
    }
    let cards = || {
        Query::select()
            .expr(Expr::val(1))
            .from(provisional_credential::Entity)
            .and_where(Expr::col((provisional_credential::Entity, C::Physician)).eq(person()))
            .and_where(C::MadeAt.is_not_null())
            .to_owned()
    };
    match chosen.kind {
        Kind::First => found.filter(Expr::exists(cards()).not()),
        Kind::Reminder => {
            let lately = cards().and_where(C::MadeAt.gt(now - Duration::days(REMINDER_DAYS))).to_owned();
            found.filter(Expr::exists(cards())).filter(Expr::exists(lately).not())
        }
    }
}

/// The login of the physician of the row, once it was used, or closed by an office.
fn logins_in_use() -> SelectStatement {
    use account::{Column as A, Entity as Account};
    Query::select()
        .expr(Expr::val(1))
        .from(Account)
        .and_where(Expr::col((Account, A::Physician)).equals((physician::Entity, P::Id)))
        .and_where(A::State.ne("active").or(A::FirstUsedAt.is_not_null()))
        .to_owned()
}

/// How many people a run of an office would be for, counted up to one more than a run takes.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn count(cx: &Cx, at: AssociationId, chosen: &Selection) -> Result<u64> {
    let people = own_people(cx.db(), at).await?;
    let found = wanted(&people, chosen, cx.today(), cx.now);
    let ids = sea_orm::QueryTrait::into_query(found.select_only().column(P::Id));
    dialect::counted(cx.db(), ids, MOST + 1).await
}

/// A run in the list.
#[derive(Clone, Debug)]
pub struct Line {
    /// The row.
    pub row: credential_run::Model,
    /// Its state.
    pub state: State,
    /// Who sends.
    pub sender: String,
    /// How many of its cards were used to log in.
    pub used: u64,
}

/// One page of the runs that the actor sees, the newest first, and how many there are.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx, number: u64) -> Result<(Vec<Line>, u64)> {
    let found = credential_run::Entity::find().filter(scope::credential_runs(&visible_to(&cx.actor)));
    let total = found.clone().count(cx.db()).await?;
    let rows = found
        .order_by_desc(R::CreatedAt)
        .order_by_desc(R::Id)
        .offset(number.saturating_sub(1) * PAGE)
        .limit(PAGE)
        .all(cx.db())
        .await?;
    let used: Vec<(Uuid, i64)> = provisional_credential::Entity::find()
        .select_only()
        .column(C::CredentialRun)
        .column_as(C::Id.count(), "count")
        .filter(C::CredentialRun.is_in(rows.iter().map(|row| row.id)))
        .filter(C::UsedAt.is_not_null())
        .group_by(C::CredentialRun)
        .into_tuple()
        .all(cx.db())
        .await?;
    let used: HashMap<Uuid, i64> = used.into_iter().collect();
    let names = names(cx.db(), rows.iter().map(|row| row.association)).await?;
    let line = |row: credential_run::Model| {
        Ok(Line {
            state: row.state.parse().map_err(Error::fault)?,
            sender: names.get(&row.association).cloned().unwrap_or_default(),
            used: used.get(&row.id).copied().unwrap_or_default().unsigned_abs(),
            row,
        })
    };
    Ok((rows.into_iter().map(line).collect::<Result<_>>()?, total))
}

/// A run with its files and with those for whom there is no card.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The row.
    pub row: credential_run::Model,
    /// Its state.
    pub state: State,
    /// Who sends.
    pub sender: String,
    /// The files, in postal order.
    pub files: Vec<credential_file::Model>,
    /// People by how they hear of it.
    pub by_way: Vec<(Way, u64)>,
    /// Cards used to log in.
    pub used: u64,
    /// People without a card: name and why, at most [`NAMED`].
    pub without: Vec<(Uuid, String, String)>,
}

/// A run that the actor sees.
///
/// # Errors
/// [`Error::NotFound`].
#[crate::boxed]
pub async fn show(cx: &Cx, id: CredentialRunId) -> Result<Shown> {
    let row = find(cx, cx.db(), id).await?;
    let files = credential_file::Entity::find()
        .filter(credential_file::Column::CredentialRun.eq(row.id))
        .order_by_asc(credential_file::Column::Position)
        .limit(MOST / super::CHUNK + 1)
        .all(cx.db())
        .await?;
    let of_run = || provisional_credential::Entity::find().filter(C::CredentialRun.eq(row.id));
    let ways: Vec<(String, i64)> = of_run()
        .select_only()
        .column(C::Way)
        .column_as(C::Id.count(), "count")
        .group_by(C::Way)
        .into_tuple()
        .all(cx.db())
        .await?;
    let count = |way: &Way| ways.iter().find(|(name, _)| name == way.name()).map_or(0, |(_, count)| *count);
    let sender = association::Entity::find_by_id(row.association).one(cx.db()).await?;
    Ok(Shown {
        state: row.state.parse().map_err(Error::fault)?,
        sender: sender.map(|sender| sender.name).unwrap_or_default(),
        files,
        by_way: Way::ALL.iter().map(|way| (*way, count(way).unsigned_abs())).collect(),
        used: of_run().filter(C::UsedAt.is_not_null()).count(cx.db()).await?,
        without: without(cx, row.id).await?,
        row,
    })
}

async fn without(cx: &Cx, run: Uuid) -> Result<Vec<(Uuid, String, String)>> {
    let rows = provisional_credential::Entity::find()
        .filter(C::CredentialRun.eq(run))
        .filter(C::Problem.ne(""))
        .order_by_asc(C::Position)
        .limit(NAMED)
        .all(cx.db())
        .await?;
    let people = physician::Entity::find()
        .filter(P::Id.is_in(rows.iter().map(|row| row.physician)))
        .all(cx.db())
        .await?;
    let people: HashMap<Uuid, physician::Model> = people.into_iter().map(|row| (row.id, row)).collect();
    let named = |row: provisional_credential::Model| {
        let person = people.get(&row.physician)?;
        Some((row.physician, full_name(&person.family_name, &person.given_name), row.problem))
    };
    Ok(rows.into_iter().filter_map(named).collect())
}

/// The row, if the actor sees it.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn find(
    cx: &Cx,
    db: &impl ConnectionTrait,
    id: CredentialRunId,
) -> Result<credential_run::Model> {
    credential_run::Entity::find_by_id(Uuid::from(id))
        .filter(scope::credential_runs(&visible_to(&cx.actor)))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// The card of an account with this secret, if it opens something still.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn card(
    db: &impl ConnectionTrait,
    login_id: &str,
    secret_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<AccountId>> {
    let logins = Query::select()
        .column(account::Column::Id)
        .from(account::Entity)
        .and_where(account::Column::LoginId.eq(login_id))
        .and_where(account::Column::State.eq("active"))
        .to_owned();
    let row = provisional_credential::Entity::find()
        .filter(C::Account.in_subquery(logins))
        .filter(C::SecretHash.eq(secret_hash))
        .filter(C::UsedAt.is_null())
        .filter(C::RevokedAt.is_null())
        .filter(C::ExpiresAt.gt(now))
        .one(db)
        .await?;
    Ok(row.and_then(|row| row.account).map(AccountId))
}

/// Whether the actor sends cards at all: then the list of people leads there.
pub fn sends(cx: &Cx) -> bool {
    let at_an_association = |office: Office| matches!(office, Office::Association { .. });
    cx.actor.duties().iter().any(|held| held.duty == Duty::Membership && at_an_association(held.at))
}
