//! Questions about the terms of use.

use super::Version;
use crate::cx::Cx;
use crate::error::Result;
use mamis_rules::base::Day;
use mamis_schema::terms;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use terms::Column as T;

/// Versions listed at most: one a year would fill it in half a century.
const MOST: u64 = 50;

/// The version in force as a scalar of SQL: `today` and `first` are the numbers of the parameters with the day and with
/// the version that comes with the program.
pub(crate) fn in_force_sql(today: &str, first: &str) -> String {
    format!(
        "coalesce((select v.version from terms v where v.valid_from <= {today}
                    order by v.valid_from desc, v.version desc limit 1), {first})"
    )
}

/// The version in force on a day.
///
/// # Errors
/// A fault of the database.
pub async fn in_force(db: &impl ConnectionTrait, today: Day) -> Result<Version> {
    let row = terms::Entity::find()
        .filter(T::ValidFrom.lte(today.date()))
        .order_by_desc(T::ValidFrom)
        .order_by_desc(T::Version)
        .one(db)
        .await?;
    Ok(row.map_or_else(Version::first, version))
}

fn version(row: terms::Model) -> Version {
    Version { version: row.version, body: row.body, changes: row.changes }
}

/// A version that is or was in force, to read; none for one whose day has not come.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn find(cx: &Cx, wanted: &str) -> Result<Option<Version>> {
    let first = Version::first();
    if wanted == first.version {
        return Ok(Some(first));
    }
    let row = terms::Entity::find()
        .filter(T::Version.eq(wanted))
        .filter(T::ValidFrom.lte(cx.today().date()))
        .one(cx.db())
        .await?;
    Ok(row.map(version))
}

/// The versions that were published, the newest first.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn published(cx: &Cx) -> Result<Vec<terms::Model>> {
    Ok(terms::Entity::find()
        .order_by_desc(T::ValidFrom)
        .order_by_desc(T::Version)
        .limit(MOST)
        .all(cx.db())
        .await?)
}

/// How many accounts have accepted a version.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn accepted(cx: &Cx, version: &str) -> Result<u64> {
    use mamis_schema::terms_consent;
    Ok(terms_consent::Entity::find()
        .filter(terms_consent::Column::TermsVersion.eq(version))
        .count(cx.db())
        .await?)
}
