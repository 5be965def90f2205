//! Questions about who wants no notices.

use super::Pair;
use crate::cx::Cx;
use crate::error::{Error, Result};
use mamis_rules::base::AssociationId;
use mamis_schema::{association, unsubscription};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Select};
use std::collections::HashSet;
use unsubscription::Column as U;
use uuid::Uuid;

/// What the page behind a link shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The office that writes.
    pub office: String,
    /// Whether its notices are ended now.
    pub ended: bool,
}

/// How it stands with the notices of a link.
///
/// # Errors
/// [`Error::NotFound`] for a link that is not ours.
#[crate::boxed]
pub async fn standing(cx: &Cx, token: &str) -> Result<Standing> {
    let pair = Pair::read(&cx.app, token).ok_or(Error::NotFound)?;
    let row = association::Entity::find_by_id(Uuid::from(pair.association)).one(cx.db()).await?;
    let office = row.map(|row| row.name).ok_or(Error::NotFound)?;
    Ok(Standing { office, ended: running(pair).one(cx.db()).await?.is_some() })
}

/// Whoever wants no notices now.
pub(super) fn running(pair: Pair) -> Select<unsubscription::Entity> {
    unsubscription::Entity::find()
        .filter(U::Physician.eq(Uuid::from(pair.physician)))
        .filter(U::Association.eq(Uuid::from(pair.association)))
        .filter(U::EndedAt.is_null())
}

/// Those of the people who want no notices of an office.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn among(
    db: &impl ConnectionTrait,
    office: AssociationId,
    people: &[Uuid],
) -> Result<HashSet<Uuid>> {
    let found: Vec<Uuid> = unsubscription::Entity::find()
        .select_only()
        .column(U::Physician)
        .filter(U::Association.eq(Uuid::from(office)))
        .filter(U::Physician.is_in(people.iter().copied()))
        .filter(U::EndedAt.is_null())
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().collect())
}
