//! The associations' own categories of members.

use super::MOST;
use crate::error::{Error, Result};
use mamis_rules::association::category::Own;
use mamis_rules::base::Day;
use mamis_schema::association_category;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use uuid::Uuid;

/// A category with its row.
///
/// # Errors
/// A fault for a row with an unknown word.
pub fn own(row: &association_category::Model) -> Result<Own> {
    Ok(Own {
        name: row.name.clone(),
        national: row.national.parse().map_err(Error::fault)?,
        from: row.valid_from.into(),
        until: row.valid_until.map(Day::from),
    })
}

/// Every category of an association, those that hold and those that ended, in the order of the national ones; a category
/// without a day, which was taken back before it began, is left out.
///
/// # Errors
/// A fault of the database.
pub async fn categories(
    db: &impl ConnectionTrait,
    association: Uuid,
) -> Result<Vec<association_category::Model>> {
    use association_category::Column as C;
    let mut rows = association_category::Entity::find()
        .filter(C::Association.eq(association))
        .order_by_asc(C::National)
        .order_by_asc(C::ValidFrom)
        .order_by_asc(C::Id)
        .limit(MOST)
        .all(db)
        .await?;
    rows.retain(|row| row.valid_until.is_none_or(|until| until >= row.valid_from));
    Ok(rows)
}

/// The categories of several associations: for the words of a page.
///
/// # Errors
/// A fault of the database.
pub async fn own_categories(
    db: &impl ConnectionTrait,
    associations: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<Own>>> {
    use association_category::Column as C;
    let rows = association_category::Entity::find()
        .filter(C::Association.is_in(associations))
        .order_by_asc(C::ValidFrom)
        .order_by_asc(C::Id)
        .limit(MOST)
        .all(db)
        .await?;
    let mut found: HashMap<Uuid, Vec<Own>> = HashMap::new();
    for row in rows {
        found.entry(row.association).or_default().push(own(&row)?);
    }
    Ok(found)
}
