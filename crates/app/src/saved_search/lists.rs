//! Questions about saved searches.

use crate::cx::Cx;
use crate::db::scope;
use crate::error::Result;
use mamis_rules::access::saved_search::{Facts, keeps, visible_to};
use mamis_rules::base::SavedSearchId;
use mamis_schema::saved_search::{Column as S, Entity, Model};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Searches listed at most: more would not be found by looking.
pub const MOST: u64 = 100;

/// A saved search.
#[derive(Clone, Debug)]
pub struct Line {
    /// The row.
    pub row: Model,
    /// Whether the actor keeps it, and may remove it.
    pub own: bool,
}

/// The searches that the actor may open, by name.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn list(cx: &Cx) -> Result<Vec<Line>> {
    let rows = Entity::find()
        .filter(scope::saved_searches(&visible_to(&cx.actor)))
        .order_by_asc(S::Name)
        .order_by_asc(S::Id)
        .limit(MOST)
        .all(cx.db())
        .await?;
    Ok(rows.into_iter().map(|row| Line { own: keeps(&cx.actor, &facts(&row)), row }).collect())
}

/// How many an account keeps.
///
/// # Errors
/// A fault of the database.
pub(super) async fn kept(db: &impl ConnectionTrait, account: Uuid) -> Result<u64> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(S::Id)
        .filter(S::Account.eq(account))
        .limit(MOST)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.len() as u64)
}

/// A search that the actor may open.
///
/// # Errors
/// A fault of the database.
pub(super) async fn find(cx: &Cx, db: &impl ConnectionTrait, id: SavedSearchId) -> Result<Option<Model>> {
    let scope = scope::saved_searches(&visible_to(&cx.actor));
    Ok(Entity::find_by_id(Uuid::from(id)).filter(scope).one(db).await?)
}

pub(super) const fn facts(row: &Model) -> Facts {
    Facts {
        kept_by: mamis_rules::base::AccountId(row.account),
        shared_in: match row.association {
            Some(id) => Some(mamis_rules::base::AssociationId(id)),
            None => None,
        },
    }
}
