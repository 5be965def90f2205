//! Questions about associations.

pub mod category;
pub mod import;
mod tree;

pub use tree::{below, burden, coming, heir, members, place, targets};

use crate::certification::lists::setting_is_on;
use crate::cx::Cx;
use crate::error::{Error, Result};
use mamis_rules::access;
use mamis_rules::access::association::Facts;
use mamis_rules::association::Host;
use mamis_rules::association::setting::{Off, SETTINGS, Setting, feature_of};
use mamis_rules::base::names::search_key;
use mamis_rules::base::{AssociationId, Day};
use mamis_rules::credit::Scheme;
use mamis_schema::{
    association, association_ancestor, association_change, association_setting, organizer, round,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Associations in one answer: the largest prefecture has about seventy, with its districts.
const MOST: u64 = 300;
/// Entries of a history on its page.
const HISTORY: u64 = 100;

/// The names of associations that a list mentions.
///
/// # Errors
/// A fault of the database.
pub async fn names(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, String>> {
    let found: Vec<(Uuid, String)> = association::Entity::find()
        .select_only()
        .columns([association::Column::Id, association::Column::Name])
        .filter(association::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().collect())
}

/// The names of associations and of organizers that a list mentions.
///
/// # Errors
/// A fault of the database.
pub async fn names_of_hosts(
    db: &impl ConnectionTrait,
    associations: impl IntoIterator<Item = Uuid>,
    organizers: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, String>> {
    let mut found = names(db, associations).await?;
    let organizers: Vec<(Uuid, String)> = organizer::Entity::find()
        .select_only()
        .columns([organizer::Column::Id, organizer::Column::Name])
        .filter(organizer::Column::Id.is_in(organizers))
        .into_tuple()
        .all(db)
        .await?;
    found.extend(organizers);
    Ok(found)
}

/// A line of the directory.
#[derive(Clone, Debug)]
pub struct Line {
    /// The association.
    pub row: association::Model,
    /// Steps below the top of this list.
    pub depth: usize,
}

/// What the directory is asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Part of a name, reading or code; empty for the tree.
    pub text: String,
    /// The prefecture whose tree is open; none for the top.
    pub prefecture: Option<i32>,
}

/// The directory: what matches a text, the tree of one prefecture, or the national association with the prefectural
/// ones.
///
/// # Errors
/// [`Error::NotFound`] for officers without a duty, who see nothing; a fault of the database.
#[crate::boxed]
pub async fn directory(cx: &Cx, asked: &Asked) -> Result<Vec<Line>> {
    use association::Column as A;
    // One whose opening was taken back was closed before its first day.
    let stands = A::ClosedOn.gte(cx.today().date()).and(Expr::col(A::ClosedOn).gte(Expr::col(A::OpenedOn)));
    let mut found = association::Entity::find().filter(A::ClosedOn.is_null().or(stands));
    let text = asked.text.trim();
    found = match (text.is_empty(), asked.prefecture) {
        (false, _) => {
            let kana = search_key(text).to_uppercase();
            found.filter(
                Condition::any()
                    .add(A::Name.contains(text))
                    .add(A::Kana.contains(kana))
                    .add(A::Code.eq(text)),
            )
        }
        (true, Some(prefecture)) => found.filter(A::Prefecture.eq(prefecture)),
        (true, None) => found.filter(A::Tier.is_in(["national", "prefectural"])),
    };
    let rows = found.order_by_asc(A::Code).limit(MOST).all(cx.db()).await?;
    let rows: Vec<association::Model> = rows.into_iter().filter(|row| is_visible(cx, row.id)).collect();
    Ok(if text.is_empty() { in_order(rows) } else { rows.into_iter().map(flat).collect() })
}

fn is_visible(cx: &Cx, id: Uuid) -> bool {
    let facts = Facts { association: id.into(), above: Vec::new() };
    access::association::visible_to(&cx.actor).admits(|fact| facts.has(fact))
}

fn flat(row: association::Model) -> Line {
    Line { row, depth: 0 }
}

/// Each association below the one it belongs to; one whose parent is not in the list begins a tree.
fn in_order(rows: Vec<association::Model>) -> Vec<Line> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut below: BTreeMap<Option<Uuid>, Vec<association::Model>> = BTreeMap::new();
    for row in rows {
        let parent = row.parent.filter(|parent| ids.contains(parent));
        below.entry(parent).or_default().push(row);
    }
    let mut lines = Vec::new();
    let mut waiting: Vec<Line> =
        below.remove(&None).unwrap_or_default().into_iter().rev().map(flat).collect();
    while let Some(line) = waiting.pop() {
        let children = below.remove(&Some(line.row.id)).unwrap_or_default();
        let depth = line.depth + 1;
        waiting.extend(children.into_iter().rev().map(|row| Line { row, depth }));
        lines.push(line);
    }
    lines
}

/// An association with its place in the tree.
#[derive(Clone, Debug)]
pub struct Found {
    /// The association.
    pub row: association::Model,
    /// Those above it, from the top.
    pub above: Vec<(AssociationId, String)>,
    /// Those directly below it.
    pub below: Vec<(AssociationId, String)>,
    /// For the rules.
    pub facts: Facts,
}

/// One association.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(cx: &Cx, db: &impl ConnectionTrait, id: AssociationId) -> Result<Found> {
    use association::Column as A;
    let row = association::Entity::find_by_id(Uuid::from(id)).one(db).await?;
    let row = row.filter(|row| is_visible(cx, row.id)).ok_or(Error::NotFound)?;
    let ids: Vec<(Uuid, i32)> = association_ancestor::Entity::find()
        .select_only()
        .columns([association_ancestor::Column::Ancestor, association_ancestor::Column::Depth])
        .filter(association_ancestor::Column::Association.eq(row.id))
        .filter(association_ancestor::Column::Depth.gt(0))
        .order_by_desc(association_ancestor::Column::Depth)
        .into_tuple()
        .all(db)
        .await?;
    let names = names(db, ids.iter().map(|(id, _)| *id)).await?;
    let above = ids.iter().filter_map(|(id, _)| Some((AssociationId(*id), names.get(id)?.clone())));
    let below: Vec<(Uuid, String)> = association::Entity::find()
        .select_only()
        .columns([A::Id, A::Name])
        .filter(A::Parent.eq(row.id))
        .filter(A::ClosedOn.is_null())
        .order_by_asc(A::Code)
        .limit(MOST)
        .into_tuple()
        .all(db)
        .await?;
    Ok(Found {
        above: above.collect(),
        below: below.into_iter().map(|(id, name)| (id.into(), name)).collect(),
        facts: Facts { association: id, above: ids.iter().map(|(id, _)| AssociationId(*id)).collect() },
        row,
    })
}

/// An association whose settings the actor sees: their own.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find_own(cx: &Cx, db: &impl ConnectionTrait, id: AssociationId) -> Result<Found> {
    let found = find(cx, db, id).await?;
    let scope = access::association::settings_visible_to(&cx.actor);
    if scope.admits(|fact| found.facts.has(fact)) { Ok(found) } else { Err(Error::NotFound) }
}

/// What became of an association and what lies ahead, the latest day first.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn history(cx: &Cx, id: AssociationId) -> Result<Vec<association_change::Model>> {
    Ok(association_change::Entity::find()
        .filter(association_change::Column::Association.eq(Uuid::from(id)))
        .order_by_desc(association_change::Column::EffectiveOn)
        .order_by_desc(association_change::Column::CreatedAt)
        .limit(HISTORY)
        .all(cx.db())
        .await?)
}

/// A setting of an association.
#[derive(Clone, Debug)]
pub struct SettingLine {
    /// Which.
    pub setting: &'static Setting,
    /// Whether it is on today.
    pub is_on: bool,
    /// Every value from its first day, the latest first.
    pub values: Vec<(Day, bool)>,
}

/// Whether a host holds trainings of a scheme; external organizers are in no scheme by decision of an association.
///
/// # Errors
/// [`Error::Refused`] with what to do; a fault of the database.
pub async fn takes_part(cx: &Cx, db: &impl ConnectionTrait, host: Host, scheme: Scheme) -> Result<()> {
    let (Host::Association(id), Some(setting)) = (host, feature_of(scheme)) else { return Ok(()) };
    if setting_is_on(cx, db, id, setting.name).await? {
        return Ok(());
    }
    let host = names(db, [id.into()]).await?.remove(&Uuid::from(id)).unwrap_or_default();
    Err(Error::refused(Off { host, scheme }.to_string()))
}

/// Every setting with its values.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn settings(cx: &Cx, id: AssociationId) -> Result<Vec<SettingLine>> {
    use association_setting::Column as S;
    let rows = association_setting::Entity::find()
        .filter(S::Association.eq(Uuid::from(id)))
        .filter(S::Name.is_in(SETTINGS.iter().map(|setting| setting.name)))
        .order_by_desc(S::ValidFrom)
        .limit(MOST)
        .all(cx.db())
        .await?;
    let line = |setting: &'static Setting| {
        let own = rows.iter().filter(|row| row.name == setting.name);
        let values: Vec<(Day, bool)> = own.map(|row| (row.valid_from.into(), row.value == "on")).collect();
        let today = values.iter().find(|(from, _)| *from <= cx.today());
        SettingLine { setting, is_on: today.map_or(setting.default, |(_, is_on)| *is_on), values }
    };
    Ok(SETTINGS.iter().map(line).collect())
}

/// The intake windows of an association that close from a year ago on.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn rounds(cx: &Cx, id: AssociationId) -> Result<Vec<round::Model>> {
    Ok(round::Entity::find()
        .filter(round::Column::Association.eq(Uuid::from(id)))
        .filter(round::Column::ClosesOn.gte(cx.today().plus_years(-1).date()))
        .order_by_asc(round::Column::ClosesOn)
        .limit(MOST)
        .all(cx.db())
        .await?)
}
