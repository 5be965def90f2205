//! Questions about physicians.

pub mod asked;
pub mod associations;
pub mod people;
pub mod search;
pub mod tabs;

use crate::application::lists::home;
use crate::cx::Cx;
use crate::db::scope;
use crate::error::{Error, Result};
use crate::membership::lists::{Home, homes};
use mamis_rules::access::Depth;
use mamis_rules::access::physician::{self as access, Facts};
use mamis_rules::association::Prefecture;
use mamis_rules::base::{Day, PhysicianId, full_name, search_key};
use mamis_schema::{account, physician, session, workplace};
use physician::Column as P;
use sea_orm::sea_query::{Condition, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Statement,
};
use std::collections::HashMap;
use uuid::Uuid;

/// [`full_name`] of the physician `p` in SQL: where a part is missing, its space goes as well.
pub(crate) const NAME: &str = "trim(p.family_name || ' ' || p.given_name)";

/// The same of the reading.
pub(crate) const KANA: &str = "trim(p.family_kana || ' ' || p.given_kana)";

/// A physician in the list: no more than the lowest depth shows, and whether mails arrive.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Line {
    /// Who.
    pub id: Uuid,
    /// As typed.
    pub family_name: String,
    /// As typed.
    pub given_name: String,
    /// Katakana.
    pub family_kana: String,
    /// Katakana.
    pub given_kana: String,
    /// When the mail address was verified.
    pub email_verified_at: Option<chrono::DateTime<chrono::Utc>>,
    /// The first office and the category there, of a district also its municipal association; empty for non-members.
    #[sea_orm(skip)]
    pub association: String,
}

impl Line {
    /// Family name and given name.
    pub fn name(&self) -> String {
        full_name(&self.family_name, &self.given_name)
    }

    /// The reading.
    pub fn kana(&self) -> String {
        full_name(&self.family_kana, &self.given_kana)
    }
}

/// People by id, in this order, with their associations.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn dress(cx: &Cx, ids: &[Uuid]) -> Result<Vec<Line>> {
    let rows: Vec<Line> = physician::Entity::find()
        .filter(P::Id.is_in(ids.iter().copied()))
        .select_only()
        .columns([P::Id, P::FamilyName, P::GivenName, P::FamilyKana, P::GivenKana, P::EmailVerifiedAt])
        .into_model()
        .all(cx.db())
        .await?;
    let homes = homes(cx.db(), ids.to_vec(), cx.today()).await?;
    let mut rows: HashMap<Uuid, Line> = rows.into_iter().map(|row| (row.id, row)).collect();
    for home in homes.iter().rev() {
        if let Some(row) = rows.get_mut(&home.physician) {
            row.association = home.words();
        }
    }
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// Everybody whom a search box means, whatever the list is about: part of the name or the reading in any spelling, or
/// the registry number. Answers with their ids, for a condition on that list.
pub(crate) fn named(text: &str) -> SelectStatement {
    Query::select().column(P::Id).from(physician::Entity).cond_where(has_name(text)).to_owned()
}

fn has_name(text: &str) -> Condition {
    let key = search_key(text);
    Condition::any()
        .add(P::NameKey.contains(key.as_str()))
        .add(P::KanaKey.contains(key.as_str()))
        .add(P::RegistryNumber.eq(key))
}

/// How long a reason opens the data of a person: one telephone call.
const REASON_LASTS: chrono::Duration = chrono::Duration::minutes(30);

/// A physician as deep as the actor sees.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The row; the page shows no more of it than `depth` allows.
    pub row: physician::Model,
    /// How deep the actor sees; no deeper than lists while a reason is missing.
    pub depth: Depth,
    /// Whether a reason is asked before more is shown.
    pub asks_reason: bool,
    /// Association and category; empty for non-members.
    pub association: String,
    /// Workplaces of today, the main one first.
    pub workplaces: Vec<workplace::Model>,
    /// The login.
    pub account: Option<account::Model>,
    /// Whether the terms were ever accepted: the first login is done.
    pub has_logged_in: bool,
    /// Sessions that live.
    pub sessions: u64,
    /// For `access`.
    pub facts: Facts,
}

impl Shown {
    /// Family name and given name.
    pub fn name(&self) -> String {
        full_name(&self.row.family_name, &self.row.given_name)
    }
}

/// A physician that the actor sees.
///
/// # Errors
/// [`Error::NotFound`].
#[crate::boxed]
pub async fn show(cx: &Cx, id: PhysicianId) -> Result<Shown> {
    let row = find(cx, cx.db(), id, Depth::List).await?;
    let mut depth = Depth::List;
    for deeper in [Depth::Contact, Depth::Full] {
        if find(cx, cx.db(), id, deeper).await.is_ok() {
            depth = deeper;
        }
    }
    let facts = facts(cx, cx.db(), id).await?;
    let asks_reason =
        access::needs_reason(&cx.actor, &facts) && !tabs::gave_reason(cx, id, cx.now - REASON_LASTS).await?;
    if asks_reason {
        depth = Depth::List;
    }
    let account = account_of(cx.db(), id).await?;
    let mut sessions = 0;
    if let Some(account) = &account {
        sessions = session::Entity::find()
            .filter(session::Column::Account.eq(account.id))
            .filter(session::Column::ExpiresAt.gt(cx.app.clock.wall()))
            .count(cx.db())
            .await?;
    }
    Ok(Shown {
        association: homes(cx.db(), vec![row.id], cx.today())
            .await?
            .first()
            .map(Home::words)
            .unwrap_or_default(),
        workplaces: workplaces(cx.db(), id, cx.today()).await?,
        has_logged_in: account.as_ref().is_some_and(|account| account.first_used_at.is_some()),
        asks_reason,
        facts,
        row,
        depth,
        account,
        sessions,
    })
}

/// The row, if the actor sees this depth of it.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) async fn find(
    cx: &Cx,
    db: &impl ConnectionTrait,
    id: PhysicianId,
    depth: Depth,
) -> Result<physician::Model> {
    physician::Entity::find_by_id(Uuid::from(id))
        .filter(scope::physicians(&access::visible_at(&cx.actor, depth), cx.today()))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// The login of a physician.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn account_of(db: &impl ConnectionTrait, id: PhysicianId) -> Result<Option<account::Model>> {
    Ok(account::Entity::find().filter(account::Column::Physician.eq(Uuid::from(id))).one(db).await?)
}

/// Today's workplaces, the main one first.
async fn workplaces(db: &impl ConnectionTrait, id: PhysicianId, today: Day) -> Result<Vec<workplace::Model>> {
    use workplace::Column as W;
    Ok(workplace::Entity::find()
        .filter(W::Physician.eq(Uuid::from(id)))
        .filter(W::ValidFrom.lte(today.date()))
        .filter(W::ValidUntil.is_null().or(W::ValidUntil.gte(today.date())))
        .order_by_desc(W::Main)
        .order_by_desc(W::ValidFrom)
        .limit(20)
        .all(db)
        .await?)
}

/// What the rules ask about a physician's own offices: who may act is the association belonged to, or the desk.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn facts(cx: &Cx, db: &impl ConnectionTrait, id: PhysicianId) -> Result<Facts> {
    #[derive(FromQueryResult)]
    struct Above {
        ancestor: Uuid,
    }
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "select distinct x.ancestor from membership m
           join association_ancestor x on x.association = m.association
          where m.physician = $1 and m.valid_from <= $2 and (m.valid_until is null or m.valid_until >= $2)",
        [Uuid::from(id).into(), cx.today().date().into()],
    );
    let above = Above::find_by_statement(statement).all(db).await?;
    let works = workplaces(db, id, cx.today()).await?;
    let desk = match above.is_empty() {
        true => home::of(db, id, cx.today()).await?.desk().map(|desk| desk.id),
        false => None,
    };
    Ok(Facts {
        physician: id,
        belongs_at_or_below: above.into_iter().map(|row| row.ancestor.into()).collect(),
        applies_to: Vec::new(),
        linked_to: Vec::new(),
        works_within: works.iter().filter_map(|row| Prefecture::stored(row.prefecture)).collect(),
        desk,
    })
}
