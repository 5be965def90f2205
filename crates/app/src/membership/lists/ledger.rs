//! The ledger of members: who belonged to an association on a day, whenever that was.
//!
//! A small association goes through its periods; a large one walks the people in the order of their readings until a
//! page is full, as the search for people does.

use crate::association::lists::category::own_categories;
use crate::cx::Cx;
use crate::db::{dialect, scope, search};
use crate::error::{Error, Result};
use crate::head_count::lists;
use crate::physician::lists::search::Limits;
use mamis_rules::access::{Depth, membership as access, physician as people};
use mamis_rules::association::MembershipCategory;
use mamis_rules::base::{AssociationId, Day, full_name};
use mamis_rules::physician::text;
use mamis_schema::{association, membership, physician};
use membership::Column as M;
use physician::Column as P;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Members on a page.
pub const PAGE: u64 = 50;

/// Members in a file.
pub const EXPORT: u64 = 20_000;

/// Members read at once.
const CHUNK: usize = 500;

/// What an office asks for.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Members of this association itself.
    pub association: AssociationId,
    /// On this day.
    pub on: Day,
    /// In one category.
    pub category: Option<MembershipCategory>,
    /// Words of name or reading; empty for everybody.
    pub text: String,
}

/// A member on that day. Name and reading are those of today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who.
    pub id: Uuid,
    /// As typed.
    pub name: String,
    /// Reading.
    pub kana: String,
    /// Category on that day.
    pub category: String,
    /// First day of the period.
    pub from: Day,
    /// Its last day; none while it runs.
    pub until: Option<Day>,
    /// Why it began, in a word; empty for what was there before MAMIS.
    pub cause: &'static str,
    /// Whether the actor sees the person today: whoever left is the next association's.
    pub opens: bool,
}

/// A page of the ledger.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The members of the page.
    pub lines: Vec<Line>,
    /// How many there are, as far as they were counted.
    pub total: u64,
    /// Whether there are more.
    pub more: bool,
    /// The page, from 1.
    pub page: u64,
}

/// The association whose ledger the actor opens first.
pub fn own(cx: &Cx) -> Option<AssociationId> {
    lists::own(cx, &access::visible_to(&cx.actor))
}

/// The association, if the actor keeps its ledger.
///
/// # Errors
/// [`Error::NotFound`].
#[crate::boxed]
pub async fn of(cx: &Cx, id: AssociationId) -> Result<association::Model> {
    association::Entity::find_by_id(Uuid::from(id))
        .filter(scope::periods(
            &access::visible_to(&cx.actor),
            (association::Entity, association::Column::Id),
        ))
        .one(cx.db())
        .await?
        .ok_or(Error::NotFound)
}

/// One page of the members of an association on a day.
///
/// # Errors
/// [`Error::NotFound`] for associations that are neither the actor's nor below it; a fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx, filter: &Filter, number: u64) -> Result<Listed> {
    page_within(cx, filter, number, &Limits::USUAL).await
}

/// The same where small and large associations part elsewhere.
///
/// # Errors
/// As [`page`].
#[crate::boxed]
pub async fn page_within(cx: &Cx, filter: &Filter, number: u64, limits: &Limits) -> Result<Listed> {
    of(cx, filter.association).await?;
    let number = number.clamp(1, 10_000);
    let (asked, counted) = ask(cx, filter, limits).await?;
    let counted = std::cmp::max(counted, number * PAGE);
    let ids = ids(cx, &asked, (number - 1) * PAGE, PAGE).await?;
    let total =
        dialect::counted(cx.db(), asked.select_only().column(P::Id).into_query(), counted + 1).await?;
    Ok(Listed {
        lines: dress(cx, filter, &ids).await?,
        total: std::cmp::min(total, counted),
        more: total > counted,
        page: number,
    })
}

/// Everybody, for a file.
///
/// # Errors
/// As [`page`]; [`Error::Refused`] when there are more than [`EXPORT`].
pub(in crate::membership) async fn everybody(cx: &Cx, filter: &Filter) -> Result<Vec<Line>> {
    of(cx, filter.association).await?;
    let (asked, _) = ask(cx, filter, &Limits::USUAL).await?;
    let ids = ids(cx, &asked, 0, EXPORT + 1).await?;
    if ids.len() as u64 > EXPORT {
        return Err(Error::refused(format!(
            "会員が{EXPORT}人を超えています。下位の医師会か会員区分を選んで、{EXPORT}人以内に絞り込んでください。"
        )));
    }
    let mut lines = Vec::with_capacity(ids.len());
    for ids in ids.chunks(CHUNK) {
        lines.extend(dress(cx, filter, ids).await?);
    }
    Ok(lines)
}

async fn ids(cx: &Cx, asked: &Select<physician::Entity>, offset: u64, limit: u64) -> Result<Vec<Uuid>> {
    Ok(asked
        .clone()
        .select_only()
        .column(P::Id)
        .order_by_asc(P::KanaKey)
        .order_by_asc(P::Id)
        .offset(offset)
        .limit(limit)
        .into_tuple()
        .all(cx.db())
        .await?)
}

/// The question as the database answers it soonest, and how far its answer is counted.
async fn ask(cx: &Cx, filter: &Filter, limits: &Limits) -> Result<(Select<physician::Entity>, u64)> {
    // A merged record has no periods but those that could not move; they are the other record's too.
    let mut query = physician::Entity::find().filter(P::MergedInto.is_null());
    let words = text::words(&filter.text);
    if !words.is_empty() {
        let backend = cx.db().get_database_backend();
        let found = search::matching(backend, &words, Depth::List);
        let first = found.clone().limit(limits.named + 1).to_owned();
        let rows = cx.db().query_all_raw(backend.build(&first)).await?;
        let ids =
            rows.iter().map(|row| row.try_get_by_index(0)).collect::<std::result::Result<Vec<Uuid>, _>>()?;
        query = match ids.len() as u64 <= limits.named {
            true => query.filter(dialect::among(backend, P::Id, ids)),
            false => query.filter(P::Id.in_subquery(found)),
        };
        return Ok((query.filter(Expr::exists(of_this_row(filter))), limits.counted));
    }
    let members = members(filter).column((membership::Entity, M::Physician)).to_owned();
    if dialect::counted(cx.db(), members.clone(), limits.reach + 1).await? <= limits.reach {
        return Ok((query.filter(P::Id.in_subquery(members)), limits.reach));
    }
    // Row after row until the page is full: see `scope::physicians_singly`.
    Ok((query.filter(Expr::exists(of_this_row(filter).limit(1).offset(0).to_owned())), limits.walked))
}

/// The periods of the association that have the day.
fn members(filter: &Filter) -> SelectStatement {
    let mut periods = Query::select();
    periods
        .from(membership::Entity)
        .and_where(M::Association.eq(Uuid::from(filter.association)))
        .and_where(M::ValidFrom.lte(filter.on.date()))
        .and_where(M::ValidUntil.is_null().or(M::ValidUntil.gte(filter.on.date())));
    if let Some(category) = filter.category {
        periods.and_where(M::Category.eq(category.name()));
    }
    periods
}

fn of_this_row(filter: &Filter) -> SelectStatement {
    members(filter)
        .expr(Expr::val(1))
        .and_where(Expr::col((membership::Entity, M::Physician)).equals((physician::Entity, P::Id)))
        .to_owned()
}

/// What the ledger says of these people.
async fn dress(cx: &Cx, filter: &Filter, ids: &[Uuid]) -> Result<Vec<Line>> {
    let these = || ids.iter().copied();
    let people = physician::Entity::find().filter(P::Id.is_in(these())).all(cx.db()).await?;
    let people: HashMap<Uuid, physician::Model> = people.into_iter().map(|row| (row.id, row)).collect();
    let seen: Vec<Uuid> = physician::Entity::find()
        .select_only()
        .column(P::Id)
        .filter(P::Id.is_in(these()))
        .filter(scope::physicians(&people::visible_to(&cx.actor), cx.today()))
        .into_tuple()
        .all(cx.db())
        .await?;
    let seen: HashSet<Uuid> = seen.into_iter().collect();
    let periods = membership::Entity::find()
        .filter(M::Physician.is_in(these()))
        .filter(M::Association.eq(Uuid::from(filter.association)))
        .filter(M::ValidFrom.lte(filter.on.date()))
        .filter(M::ValidUntil.is_null().or(M::ValidUntil.gte(filter.on.date())))
        .all(cx.db())
        .await?;
    let periods: HashMap<Uuid, membership::Model> =
        periods.into_iter().map(|row| (row.physician, row)).collect();
    let own = own_categories(cx.db(), [filter.association.into()]).await?;
    let line = |id: &Uuid| {
        let (person, period) = (people.get(id)?, periods.get(id)?);
        Some(Line {
            id: *id,
            name: full_name(&person.family_name, &person.given_name),
            kana: full_name(&person.family_kana, &person.given_kana),
            category: period.category.parse::<MembershipCategory>().map_or_else(
                |_| period.category.clone(),
                |known| own.of(filter.association, known, filter.on),
            ),
            from: period.valid_from.into(),
            until: period.valid_until.map(Day::from),
            cause: cause(&period.cause),
            opens: seen.contains(id),
        })
    };
    Ok(ids.iter().filter_map(line).collect())
}

/// Why a period began, in a word.
pub fn cause(name: &str) -> &'static str {
    match name {
        "joining" => "入会",
        "transfer" => "異動",
        "category" => "会員区分の変更",
        "undo" => "退会の取消し",
        "merger" => "医師会の合併",
        "move" => "医師会の移管",
        "bulk" => "一括変更",
        _ => "",
    }
}
