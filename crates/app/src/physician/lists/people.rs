//! People with what an office may take out of the system: for files and labels.

use crate::cx::Cx;
use crate::db::scope;
use crate::error::Result;
use crate::membership::lists::{Home, homes};
use mamis_rules::access::Depth;
use mamis_rules::access::physician as access;
use mamis_rules::base::Day;
use mamis_schema::{physician, workplace};
use physician::Column as P;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;
use workplace::Column as W;

/// People read at once.
const CHUNK: usize = 500;

/// A person, as deep as the actor sees.
#[derive(Clone, Debug)]
pub struct Person {
    /// The row; no more of it leaves the system than `depth` allows.
    pub row: physician::Model,
    /// How deep the actor sees.
    pub depth: Depth,
    /// The first office; empty for non-members.
    pub association: String,
    /// Of a district, the municipal association; empty for others.
    pub within: String,
    /// The category there.
    pub category: String,
    /// The main workplace today.
    pub workplace: Option<workplace::Model>,
}

/// These people in this order: four questions for five hundred of them.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn people(cx: &Cx, ids: &[Uuid]) -> Result<Vec<Person>> {
    let mut people = Vec::with_capacity(ids.len());
    for ids in ids.chunks(CHUNK) {
        let rows = physician::Entity::find().filter(P::Id.is_in(ids.iter().copied())).all(cx.db()).await?;
        let mut rows: HashMap<Uuid, physician::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
        let homes = homes(cx.db(), ids.to_vec(), cx.today()).await?;
        let homes: HashMap<Uuid, &Home> = homes.iter().rev().map(|home| (home.physician, home)).collect();
        let mut workplaces = workplaces(cx.db(), ids, cx.today()).await?;
        let contact = seen(cx, ids, Depth::Contact).await?;
        let full = seen(cx, ids, Depth::Full).await?;
        for id in ids {
            let Some(row) = rows.remove(id) else { continue };
            let home = homes.get(id);
            people.push(Person {
                depth: match (full.contains(id), contact.contains(id)) {
                    (true, _) => Depth::Full,
                    (false, true) => Depth::Contact,
                    (false, false) => Depth::List,
                },
                association: home.map(|home| home.name.clone()).unwrap_or_default(),
                within: home.map(|home| home.within.clone()).unwrap_or_default(),
                category: home.map(|home| home.category().to_owned()).unwrap_or_default(),
                workplace: workplaces.remove(id),
                row,
            });
        }
    }
    Ok(people)
}

/// Those of the people whom the actor sees so deep.
async fn seen(cx: &Cx, ids: &[Uuid], depth: Depth) -> Result<HashSet<Uuid>> {
    let ids: Vec<Uuid> = physician::Entity::find()
        .select_only()
        .column(P::Id)
        .filter(P::Id.is_in(ids.iter().copied()))
        .filter(scope::physicians(&access::visible_at(&cx.actor, depth), cx.today()))
        .into_tuple()
        .all(cx.db())
        .await?;
    Ok(ids.into_iter().collect())
}

/// The main workplace of each of these people on a day, or where none is the main one the latest; the caller bounds how
/// many people it asks for.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn workplaces(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
    day: Day,
) -> Result<HashMap<Uuid, workplace::Model>> {
    let day = day.date();
    let rows = workplace::Entity::find()
        .filter(W::Physician.is_in(ids.iter().copied()))
        .filter(W::ValidFrom.lte(day))
        .filter(W::ValidUntil.is_null().or(W::ValidUntil.gte(day)))
        .order_by_asc(W::Main)
        .order_by_asc(W::ValidFrom)
        .all(db)
        .await?;
    // The last one of a person stays: the main one.
    Ok(rows.into_iter().map(|row| (row.physician, row)).collect())
}
