//! Who may be one person: pairs that share something an index or one reading of the table finds. Never everybody with
//! everybody.

use crate::cx::Cx;
use crate::error::Result;
use mamis_rules::membership::head_count::Sex;
use mamis_rules::physician::duplicate::Known;
use mamis_schema::{physician, workplace};
use physician::Column as P;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, Statement};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;
use workplace::Column as W;

/// Pairs of one way in one night.
pub(in crate::duplicate) const MOST: u64 = 5_000;

/// Pairs compared at once.
pub(in crate::duplicate) const CHUNK: usize = 200;

/// Two records, the smaller id first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub(in crate::duplicate) struct Pair {
    /// The smaller id.
    pub(in crate::duplicate) first: Uuid,
    /// The larger one.
    pub(in crate::duplicate) second: Uuid,
}

/// Table: what the two share, as SQL with `$1` for the most. Pairs that wait or were merged are left out; one that was
/// judged different is compared again.
pub(in crate::duplicate) const WAYS: &[&str] = &[
    // The registry number, zeros in front or not.
    "with k as materialized (
       select id, ltrim(registry_number, '0') as number from physician
        where registry_number is not null and merged_into is null)
     select a.id as first, b.id as second from k a join k b on b.number = a.number and a.id < b.id
      where a.number <> ''
        and not exists (select 1 from duplicate d where d.first = a.id and d.second = b.id and d.state <> 'different')
      limit $1",
    // Reading and birth date: physician_birth.
    "select a.id as first, b.id as second
       from physician a join physician b on b.birth_on = a.birth_on and b.kana_key = a.kana_key and a.id < b.id
      where a.merged_into is null and b.merged_into is null
        and not exists (select 1 from duplicate d where d.first = a.id and d.second = b.id and d.state <> 'different')
      limit $1",
    // Name and workplace with its postal code.
    "with k as materialized (
       select p.id, p.name_key, w.name, w.postal_code from physician p join workplace w on w.physician = p.id
        where p.merged_into is null and w.main and w.valid_until is null and w.postal_code is not null)
     select a.id as first, b.id as second
       from k a join k b on b.name_key = a.name_key and b.name = a.name and b.postal_code = a.postal_code and a.id < b.id
      where not exists (select 1 from duplicate d where d.first = a.id and d.second = b.id and d.state <> 'different')
      limit $1",
    // Birth date and workplace: names that differ in a character, or changed by marriage.
    "with k as materialized (
       select p.id, p.birth_on, w.name from physician p join workplace w on w.physician = p.id
        where p.merged_into is null and w.main and w.valid_until is null)
     select a.id as first, b.id as second
       from k a join k b on b.birth_on = a.birth_on and b.name = a.name and a.id < b.id
      where not exists (select 1 from duplicate d where d.first = a.id and d.second = b.id and d.state <> 'different')
      limit $1",
    // The mail address: physician_email.
    "select a.id as first, b.id as second
       from physician a join physician b on b.email = a.email and a.id < b.id
      where a.email is not null and a.merged_into is null and b.merged_into is null
        and not exists (select 1 from duplicate d where d.first = a.id and d.second = b.id and d.state <> 'different')
      limit $1",
];

/// The pairs of one way.
///
/// # Errors
/// A fault of the database.
pub(in crate::duplicate) async fn pairs(cx: &Cx, way: &str) -> Result<Vec<Pair>> {
    let backend = cx.app.db.backend();
    let statement =
        Statement::from_sql_and_values(backend, way, [i64::try_from(MOST).unwrap_or(i64::MAX).into()]);
    Ok(Pair::find_by_statement(statement).all(cx.db()).await?)
}

/// What is known of the people of these pairs.
///
/// # Errors
/// A fault of the database.
pub(in crate::duplicate) async fn known(cx: &Cx, pairs: &[Pair]) -> Result<HashMap<Uuid, Known>> {
    let ids: BTreeSet<Uuid> = pairs.iter().flat_map(|pair| [pair.first, pair.second]).collect();
    let these = || ids.iter().copied();
    let rows = physician::Entity::find().filter(P::Id.is_in(these())).all(cx.db()).await?;
    let workplaces = workplace::Entity::find()
        .filter(W::Physician.is_in(these()))
        .filter(W::ValidUntil.is_null())
        .order_by_asc(W::Main)
        .order_by_asc(W::ValidFrom)
        .all(cx.db())
        .await?;
    // The last one of a person stays: the main one.
    let workplaces: HashMap<Uuid, workplace::Model> =
        workplaces.into_iter().map(|row| (row.physician, row)).collect();
    let known = |row: physician::Model| {
        let workplace = workplaces.get(&row.id);
        let known = Known {
            registry_number: row.registry_number.unwrap_or_default(),
            name_key: row.name_key,
            kana_key: row.kana_key,
            birth_on: row.birth_on.into(),
            sex: row.sex.parse().unwrap_or(Sex::Unknown),
            phone: row.phone.unwrap_or_default(),
            email: row.email.unwrap_or_default(),
            workplace: workplace.map(|at| at.name.clone()).unwrap_or_default(),
            postal_code: workplace.and_then(|at| at.postal_code.clone()).unwrap_or_default(),
        };
        (row.id, known)
    };
    Ok(rows.into_iter().map(known).collect())
}
