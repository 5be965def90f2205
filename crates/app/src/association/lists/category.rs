//! The associations' own categories of members.

use super::MOST;
use crate::error::{Error, Result};
use mamis_rules::association::MembershipCategory;
use mamis_rules::association::category::{self, Own};
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

/// The own categories of several associations, for the words of a page.
#[derive(Clone, Debug, Default)]
pub struct Words(HashMap<Uuid, Vec<Own>>);

impl Words {
    /// A national category at an association on a day, with the association's own word for it: 「A①（正会員）」.
    pub fn of(&self, association: impl Into<Uuid>, national: MembershipCategory, day: Day) -> String {
        category::word(self.own(association), national, day)
    }

    /// The own categories of an association.
    pub fn own(&self, association: impl Into<Uuid>) -> &[Own] {
        self.0.get(&association.into()).map_or(&[], Vec::as_slice)
    }
}

/// The day whose words a period is told in: today while it runs, else its own day that is nearest.
pub fn told_on(from: Day, until: Option<Day>, today: Day) -> Day {
    std::cmp::max(from, until.map_or(today, |until| std::cmp::min(until, today)))
}

/// The categories of several associations: for the words of a page.
///
/// # Errors
/// A fault of the database.
pub async fn own_categories(
    db: &impl ConnectionTrait,
    associations: impl IntoIterator<Item = Uuid>,
) -> Result<Words> {
    use association_category::Column as C;
    let rows = association_category::Entity::find()
        .filter(C::Association.is_in(associations))
        .order_by_asc(C::ValidFrom)
        .order_by_asc(C::Id)
        .limit(10 * MOST)
        .all(db)
        .await?;
    let mut found: HashMap<Uuid, Vec<Own>> = HashMap::new();
    for row in rows {
        found.entry(row.association).or_default().push(own(&row)?);
    }
    Ok(Words(found))
}
