//! Questions about lists of associations that were checked.

use super::{MOST, find_own};
use crate::cx::Cx;
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use mamis_documents::csv::{Encoding, csv};
use mamis_documents::workbook::{Cell, Column};
use mamis_rules::access::Duty;
use mamis_rules::access::association::{Facts, may_import};
use mamis_rules::association::change::Fate;
use mamis_rules::association::import::{DAYS, DETAILS, Known, LINES, Line, Outcome, REQUIRED};
use mamis_rules::association::{Host, Tier};
use mamis_rules::base::{AssociationId, AssociationImportId, Day};
use mamis_schema::{association, association_ancestor, association_change, association_import};
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

use super::super::actions::Details;

/// Earlier lists on the page.
const SHOWN: u64 = 50;

/// Codes of one question: both databases take 32,000 values.
const AT_ONCE: usize = 5_000;

/// A line of a file with what it would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// Its number in the file.
    pub number: usize,
    /// The code and the name as written, for lines that could not be read.
    pub title: String,
    /// What it says; none where it cannot be read.
    pub line: Option<Line>,
    /// What it would do.
    pub outcome: Outcome,
}

/// A list that was checked.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The row.
    pub row: association_import::Model,
    /// The lines.
    pub lines: Vec<Judged>,
}

impl Checked {
    /// How many lines do this.
    pub fn count(&self, wanted: impl Fn(&Outcome) -> bool) -> usize {
        self.lines.iter().filter(|line| wanted(&line.outcome)).count()
    }
}

/// The offices for which the actor may have a list checked, from the top: those that have others below them.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn offices(cx: &Cx) -> Result<Vec<(AssociationId, String)>> {
    let at = cx.actor.duties().iter().filter(|held| held.duty == Duty::Administration);
    let ids: HashSet<Uuid> = at
        .filter_map(|held| match held.at.host() {
            Host::Association(id) => Some(id.into()),
            Host::Organizer(_) => None,
        })
        .collect();
    let rows: Vec<(Uuid, String)> = association::Entity::find()
        .select_only()
        .columns([association::Column::Id, association::Column::Name])
        .filter(association::Column::Id.is_in(ids))
        .filter(association::Column::Tier.ne("district"))
        .order_by_asc(association::Column::Code)
        .limit(MOST)
        .into_tuple()
        .all(cx.db())
        .await?;
    Ok(rows.into_iter().map(|(id, name)| (id.into(), name)).collect())
}

/// A list that was checked, without its lines.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Summary {
    /// Identifier.
    pub id: Uuid,
    /// As uploaded.
    pub file_name: String,
    /// checked or done.
    pub state: String,
    /// Who had it checked.
    pub by_name: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// The lists that the actor's offices had checked, the latest first.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn imports(cx: &Cx) -> Result<Vec<Summary>> {
    use association_import::Column as I;
    let offices: Vec<Uuid> = offices(cx).await?.into_iter().map(|(id, _)| id.into()).collect();
    Ok(association_import::Entity::find()
        .select_only()
        .columns([I::Id, I::FileName, I::State, I::ByName, I::CreatedAt])
        .filter(I::Association.is_in(offices))
        .order_by_desc(I::CreatedAt)
        .limit(SHOWN)
        .into_model::<Summary>()
        .all(cx.db())
        .await?)
}

/// A list that one of the actor's offices had checked.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn import(cx: &Cx, db: &impl ConnectionTrait, id: AssociationImportId) -> Result<Checked> {
    let row = association_import::Entity::find_by_id(Uuid::from(id)).one(db).await?.ok_or(Error::NotFound)?;
    find_own(cx, db, row.association.into()).await?;
    Ok(Checked { lines: serde_json::from_str(&row.lines)?, row })
}

/// What is known of these codes.
///
/// # Errors
/// A fault of the database, or of a row that cannot be read.
pub(in crate::association) async fn known(
    cx: &Cx,
    db: &impl ConnectionTrait,
    codes: &[&str],
) -> Result<HashMap<String, (association::Model, Known)>> {
    use association::Column as A;
    let mut rows = Vec::new();
    for chunk in codes.chunks(AT_ONCE) {
        rows.extend(association::Entity::find().filter(A::Code.is_in(chunk.iter().copied())).all(db).await?);
    }
    let above = above(db, &rows).await?;
    let parents: HashMap<Uuid, String> = {
        let ids = rows.iter().filter_map(|row| row.parent);
        let found: Vec<(Uuid, String)> = association::Entity::find()
            .select_only()
            .columns([A::Id, A::Code])
            .filter(A::Id.is_in(ids))
            .into_tuple()
            .all(db)
            .await?;
        found.into_iter().collect()
    };
    let going = going(db).await?;
    let mut found = HashMap::new();
    for row in rows {
        let facts =
            Facts { association: row.id.into(), above: above.get(&row.id).cloned().unwrap_or_default() };
        let known = Known {
            tier: row.tier.parse().map_err(Error::fault)?,
            parent: row.parent.and_then(|id| parents.get(&id).cloned()).unwrap_or_default(),
            name: row.name.clone(),
            kana: row.kana.clone(),
            closed: row.closed_on.map(Day::from),
            details: Details::of(&row).columns(),
            may_change: may_import(&cx.actor, &facts).is_ok(),
            may_open: may_import(&cx.actor, &super::below(&facts)).is_ok() && !going.contains(&row.id),
        };
        found.insert(row.code.clone(), (row, known));
    }
    Ok(found)
}

/// Those above each, for the rules.
async fn above(
    db: &impl ConnectionTrait,
    rows: &[association::Model],
) -> Result<HashMap<Uuid, Vec<AssociationId>>> {
    use association_ancestor::Column as X;
    let mut found: HashMap<Uuid, Vec<AssociationId>> = HashMap::new();
    for chunk in rows.chunks(AT_ONCE) {
        let pairs: Vec<(Uuid, Uuid)> = association_ancestor::Entity::find()
            .select_only()
            .columns([X::Association, X::Ancestor])
            .filter(X::Association.is_in(chunk.iter().map(|row| row.id)))
            .filter(X::Depth.gt(0))
            .into_tuple()
            .all(db)
            .await?;
        for (id, ancestor) in pairs {
            found.entry(id).or_default().push(ancestor.into());
        }
    }
    Ok(found)
}

/// Those that move, go into another or close on a day that lies ahead.
async fn going(db: &impl ConnectionTrait) -> Result<HashSet<Uuid>> {
    use association_change::Column as C;
    let ids: Vec<Uuid> = association_change::Entity::find()
        .select_only()
        .column(C::Association)
        .filter(C::Kind.is_in(Fate::ALL.iter().map(|fate| fate.name())))
        .filter(C::AppliedAt.is_null())
        .filter(C::WithdrawnAt.is_null())
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().collect())
}

/// The associations below the actor's offices, and those themselves, as a file that can be taken in again.
///
/// # Errors
/// A fault of the database, or when the file cannot be written.
#[crate::boxed]
pub async fn current(cx: &Cx) -> Result<Vec<u8>> {
    use association::Column as A;
    let offices: Vec<Uuid> = offices(cx).await?.into_iter().map(|(id, _)| id.into()).collect();
    let below = Query::select()
        .column(association_ancestor::Column::Association)
        .from(association_ancestor::Entity)
        .and_where(association_ancestor::Column::Ancestor.is_in(offices))
        .to_owned();
    let rows = association::Entity::find()
        .filter(A::Id.in_subquery(below))
        .filter(A::ClosedOn.is_null())
        .order_by_asc(A::Code)
        .limit(LINES as u64)
        .all(cx.db())
        .await?;
    let parents: HashSet<Uuid> = rows.iter().filter_map(|row| row.parent).collect();
    let codes: Vec<(Uuid, String)> = association::Entity::find()
        .select_only()
        .columns([A::Id, A::Code])
        .filter(A::Id.is_in(parents))
        .into_tuple()
        .all(cx.db())
        .await?;
    let codes: HashMap<Uuid, String> = codes.into_iter().collect();
    let columns: Vec<Column> =
        REQUIRED.iter().chain(&DAYS).chain(&DETAILS).map(|name| Column::text(*name)).collect();
    let mut lines = Vec::with_capacity(rows.len());
    for row in &rows {
        let tier: Tier = row.tier.parse().map_err(Error::fault)?;
        let parent = row.parent.and_then(|id| codes.get(&id).cloned()).unwrap_or_default();
        let mut line =
            vec![row.code.clone(), tier.label().to_owned(), parent, row.name.clone(), row.kana.clone()];
        line.extend([row.opened_on.to_string(), String::new()]);
        let details = Details::of(row).columns();
        let cell =
            |name: &&str| details.iter().find(|(column, _)| column == name).map(|(_, text)| text.clone());
        line.extend(DETAILS.iter().map(|name| cell(name).unwrap_or_default()));
        lines.push(line.into_iter().map(Cell::Text).collect());
    }
    Ok(csv(&columns, &lines, Encoding::Utf8WithMark).map_err(Error::fault)?.bytes)
}
