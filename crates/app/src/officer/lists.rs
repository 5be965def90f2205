//! Questions about officers.

use crate::association::lists::names_of_hosts;
use crate::cx::Cx;
use crate::db::scope;
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use mamis_rules::access;
use mamis_rules::access::officer::WorksFor;
use mamis_rules::access::{Actor, Duty};
use mamis_rules::association::Host;
use mamis_rules::base::OfficerId;
use mamis_rules::base::names::search_key;
use mamis_schema::{account, association, association_ancestor, credential, duty, officer, passkey, session};
use sea_orm::sea_query::{Condition, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Officers on a page.
pub const PAGE: u64 = 50;

/// Duties that one officer can have had; a bound against runaway rows.
const DUTIES: u64 = 2_000;

/// An officer in the list.
#[derive(Clone, Debug)]
pub struct Line {
    /// The officer.
    pub row: officer::Model,
    /// What is typed at login.
    pub login_id: String,
    /// Whether the account can log in: active, suspended or closed; empty when there is none.
    pub state: String,
    /// Today's duties: the office and its duties, in words.
    pub offices: Vec<(String, Vec<Duty>)>,
    /// When the second factor was registered.
    pub second_factor_since: Option<DateTime<Utc>>,
    /// The last request of a session that lives.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// Why this actor may neither suspend the account nor reset its second factor; none when they may.
    pub fixed: Option<String>,
    /// For `access`.
    pub(crate) facts: access::officer::Facts,
}

/// One page of the officers that the actor sees, by reading, and how many there are.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx, text: &str, number: u64) -> Result<(Vec<Line>, u64)> {
    use officer::Column as O;
    let mut found = officer::Entity::find().filter(scope::officers(&access::officer::visible_to(&cx.actor)));
    if !text.is_empty() {
        found = found.filter(matching(text));
    }
    let total = found.clone().count(cx.db()).await?;
    let rows = found
        .order_by_asc(O::Kana)
        .order_by_asc(O::Id)
        .offset(number.saturating_sub(1) * PAGE)
        .limit(PAGE)
        .all(cx.db())
        .await?;
    Ok((dress(cx, cx.db(), rows).await?, total))
}

/// Part of the name or reading, as typed, or the login id.
fn matching(text: &str) -> Condition {
    let key = search_key(text);
    let accounts = Query::select()
        .column(account::Column::Officer)
        .from(account::Entity)
        .and_where(account::Column::LoginId.eq(crate::account::login_id(text)))
        .and_where(account::Column::Officer.is_not_null())
        .to_owned();
    let offices = Query::select()
        .column(duty::Column::Officer)
        .from(duty::Entity)
        .and_where(
            duty::Column::Association.in_subquery(
                Query::select()
                    .column(association::Column::Id)
                    .from(association::Entity)
                    .and_where(association::Column::Name.contains(text))
                    .to_owned(),
            ),
        )
        .to_owned();
    Condition::any()
        .add(officer::Column::Name.contains(text))
        .add(officer::Column::Kana.contains(text))
        .add(officer::Column::Kana.contains(key))
        .add(officer::Column::Id.in_subquery(accounts))
        .add(officer::Column::Id.in_subquery(offices))
}

/// An officer that the actor sees.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(cx: &Cx, db: &impl ConnectionTrait, id: OfficerId) -> Result<Line> {
    let row = officer::Entity::find_by_id(Uuid::from(id))
        .filter(scope::officers(&access::officer::visible_to(&cx.actor)))
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    dress(cx, db, vec![row]).await?.pop().ok_or(Error::NotFound)
}

/// Accounts, duties, second factors and sessions of officers: a question each, not one for each row.
async fn dress(cx: &Cx, db: &impl ConnectionTrait, rows: Vec<officer::Model>) -> Result<Vec<Line>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let accounts =
        account::Entity::find().filter(account::Column::Officer.is_in(ids.iter().copied())).all(db).await?;
    let account_ids: Vec<Uuid> = accounts.iter().map(|account| account.id).collect();
    let factors = credential::Entity::find()
        .filter(credential::Column::Account.is_in(account_ids.iter().copied()))
        .filter(credential::Column::ConfirmedAt.is_not_null())
        .all(db)
        .await?;
    let passkeys: Vec<(Uuid, Option<DateTime<Utc>>)> = passkey::Entity::find()
        .select_only()
        .column(passkey::Column::Account)
        .column_as(passkey::Column::CreatedAt.min(), "since")
        .filter(passkey::Column::Account.is_in(account_ids.iter().copied()))
        .group_by(passkey::Column::Account)
        .into_tuple()
        .all(db)
        .await?;
    let sessions: Vec<(Uuid, Option<DateTime<Utc>>)> = session::Entity::find()
        .select_only()
        .column(session::Column::Account)
        .column_as(session::Column::LastSeenAt.max(), "seen")
        .filter(session::Column::Account.is_in(account_ids))
        .group_by(session::Column::Account)
        .into_tuple()
        .all(db)
        .await?;
    let offices = Offices::of(db, &ids).await?;
    let line = |row: officer::Model| {
        let account = accounts.iter().find(|account| account.officer == Some(row.id));
        let of_account = |id: Uuid| account.is_some_and(|account| account.id == id);
        let facts = offices.facts(cx, row.id);
        Line {
            login_id: account.map(|account| account.login_id.clone()).unwrap_or_default(),
            state: account.map(|account| account.state.clone()).unwrap_or_default(),
            offices: offices.today(cx, row.id),
            second_factor_since: factors
                .iter()
                .find(|factor| of_account(factor.account))
                .and_then(|factor| factor.confirmed_at)
                .or_else(|| passkeys.iter().find(|(id, _)| of_account(*id)).and_then(|(_, since)| *since)),
            last_seen_at: sessions.iter().find(|(id, _)| of_account(*id)).and_then(|(_, seen)| *seen),
            fixed: may_reset(&cx.actor, &facts).err().map(|refusal| refusal.to_string()),
            facts,
            row,
        }
    };
    Ok(rows.into_iter().map(line).collect())
}

/// Whether the actor may suspend the account or reset its second factor: nobody their own, since whoever found the
/// desk unlocked could.
///
/// # Errors
/// A refusal.
pub(crate) fn may_reset(actor: &Actor, facts: &access::officer::Facts) -> Result<()> {
    if matches!(actor, Actor::Officer { officer, .. } if *officer == facts.officer) {
        return Err(Error::refused("ほかの管理の担当者か、上位の医師会に頼んでください。"));
    }
    Ok(access::officer::may_suspend(actor, facts)?)
}

/// An office that has no other administrator who can log in; none when each has.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn only_administrator_of(
    cx: &Cx,
    db: &impl ConnectionTrait,
    id: OfficerId,
) -> Result<Option<String>> {
    #[derive(FromQueryResult)]
    struct Found {
        name: String,
    }
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "select coalesce(x.name, g.name) as name
           from duty d
           left join association x on x.id = d.association
           left join organizer g on g.id = d.organizer
          where d.officer = $1 and d.kind = $2
            and d.valid_from <= $3 and (d.valid_until is null or d.valid_until >= $3)
            and not exists (
                select 1 from duty e join account b on b.officer = e.officer
                 where e.officer <> $1 and e.kind = $2 and b.state = 'active'
                   and e.valid_from <= $3 and (e.valid_until is null or e.valid_until >= $3)
                   and (e.association = d.association or e.organizer = d.organizer))
          order by d.created_at limit 1",
        [Uuid::from(id).into(), Duty::Administration.name().into(), cx.today().date().into()],
    );
    Ok(Found::find_by_statement(statement).one(db).await?.map(|found| found.name))
}

/// The offices of an officer, by one of the two columns that name one.
pub(crate) fn offices_of(id: OfficerId, office: duty::Column) -> SelectStatement {
    Query::select()
        .column(office)
        .from(duty::Entity)
        .and_where(duty::Column::Officer.eq(Uuid::from(id)))
        .and_where(office.is_not_null())
        .to_owned()
}

/// The duties of several officers with the names and the places of their offices.
struct Offices {
    duties: Vec<duty::Model>,
    above: Vec<association_ancestor::Model>,
    names: HashMap<Uuid, String>,
}

impl Offices {
    async fn of(db: &impl ConnectionTrait, officers: &[Uuid]) -> Result<Self> {
        let duties = duty::Entity::find()
            .filter(duty::Column::Officer.is_in(officers.iter().copied()))
            .order_by_asc(duty::Column::CreatedAt)
            .order_by_asc(duty::Column::Id)
            .limit(DUTIES)
            .all(db)
            .await?;
        let bodies: Vec<Uuid> = duties.iter().filter_map(|duty| duty.association).collect();
        let above = association_ancestor::Entity::find()
            .filter(association_ancestor::Column::Association.is_in(bodies.iter().copied()))
            .filter(association_ancestor::Column::Depth.gt(0))
            .all(db)
            .await?;
        let organizers = duties.iter().filter_map(|duty| duty.organizer);
        let names = names_of_hosts(db, bodies, organizers).await?;
        Ok(Self { duties, above, names })
    }

    /// Today's duties by office.
    fn today(&self, cx: &Cx, officer: Uuid) -> Vec<(String, Vec<Duty>)> {
        let mut found: Vec<(String, Vec<Duty>)> = Vec::new();
        for duty in self.duties.iter().filter(|duty| duty.officer == officer && holds(cx, duty)) {
            let at = duty.association.or(duty.organizer);
            let name = at.and_then(|at| self.names.get(&at).cloned()).unwrap_or_default();
            let Ok(kind) = duty.kind.parse::<Duty>() else { continue };
            match found.iter_mut().find(|(office, _)| *office == name) {
                Some((_, kinds)) => kinds.push(kind),
                None => found.push((name, vec![kind])),
            }
        }
        found
    }

    /// For `access`: the offices of today's duties. An office that somebody has left has no say any more, unless
    /// there is no other.
    fn facts(&self, cx: &Cx, officer: Uuid) -> access::officer::Facts {
        let all: Vec<&duty::Model> = self.duties.iter().filter(|duty| duty.officer == officer).collect();
        let now: Vec<&duty::Model> = all.iter().copied().filter(|duty| holds(cx, duty)).collect();
        let mut works_for: Vec<WorksFor> = Vec::new();
        for duty in if now.is_empty() { all } else { now } {
            let Some(at) = Host::stored(duty.association, duty.organizer) else { continue };
            if works_for.iter().all(|office| office.at != at) {
                let above = self.above.iter().filter(|row| Some(row.association) == duty.association);
                works_for.push(WorksFor { at, above: above.map(|row| row.ancestor.into()).collect() });
            }
        }
        access::officer::Facts { officer: officer.into(), works_for }
    }
}

fn holds(cx: &Cx, duty: &duty::Model) -> bool {
    let today = cx.today().date();
    duty.valid_from <= today && duty.valid_until.is_none_or(|until| until >= today)
}
