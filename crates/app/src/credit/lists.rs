//! The credits of a person.

use crate::cx::Cx;
use crate::error::Result;
use mamis_rules::base::PhysicianId;
use mamis_rules::credit::{Scheme, item_label};
use mamis_schema::credit;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// The credits of a physician in one scheme, newest first, at most 2,000; reversed ones are left out.
///
/// Who may ask is decided by the caller: the physician, or an officer who sees the physician.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn of_physician(cx: &Cx, physician: PhysicianId, scheme: Scheme) -> Result<Vec<credit::Model>> {
    Ok(credit::Entity::find()
        .filter(credit::Column::Physician.eq(Uuid::from(physician)))
        .filter(credit::Column::Scheme.eq(scheme.name()))
        .filter(credit::Column::State.ne("reversed"))
        .order_by_desc(credit::Column::EarnedOn)
        .order_by_desc(credit::Column::Id)
        .limit(2_000)
        .all(cx.db())
        .await?)
}

/// The credits of a physician in every scheme, newest first, at most 2,000; reversed ones are left out.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn all_of_physician(cx: &Cx, physician: PhysicianId) -> Result<Vec<credit::Model>> {
    Ok(credit::Entity::find()
        .filter(credit::Column::Physician.eq(Uuid::from(physician)))
        .filter(credit::Column::State.ne("reversed"))
        .order_by_desc(credit::Column::EarnedOn)
        .order_by_desc(credit::Column::Id)
        .limit(2_000)
        .all(cx.db())
        .await?)
}

/// A credit in words: `認定産業医 生涯研修 実地 1単位`.
pub fn label(scheme: &str, course: &str, category: &str, item: &str, amount: i64) -> String {
    let item = item_label(scheme, item);
    let scheme = scheme.parse::<Scheme>().map_or(scheme, |scheme| scheme.label());
    let course = course.parse::<mamis_rules::credit::Course>().map_or(course, |course| course.label());
    let amount = format!("{}単位", mamis_rules::base::Credits::from_hundredths(amount));
    [scheme, course, category, &item, &amount]
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(" ")
}
