//! Questions about certifications and what associations decide for themselves about them.

pub mod ledger;

use crate::cx::Cx;
use crate::error::Result;
use chrono::{DateTime, Utc};
use mamis_rules::association::setting;
use mamis_rules::base::{AssociationId, Day};
use mamis_schema::association_setting;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Whether an unpaid registration fee keeps an application from going up [seed: each association chooses].
pub const FEE_BEFORE_SUBMISSION: &str = setting::FEE_BEFORE_SUBMISSION.name;

/// Whether a cover letter stands in front of the board packet [seed: each association chooses].
pub const COVER_LETTER: &str = setting::COVER_LETTER.name;

/// Whether a setting of an association is `on` today; one never made is off.
///
/// # Errors
/// A fault of the database.
pub async fn setting_is_on(
    cx: &Cx,
    db: &impl ConnectionTrait,
    association: AssociationId,
    name: &str,
) -> Result<bool> {
    use association_setting::Column;
    let value: Option<String> = association_setting::Entity::find()
        .select_only()
        .column(Column::Value)
        .filter(Column::Association.eq(Uuid::from(association)))
        .filter(Column::Name.eq(name))
        .filter(Column::ValidFrom.lte(cx.today().date()))
        .order_by_desc(Column::ValidFrom)
        .into_tuple()
        .one(db)
        .await?;
    Ok(value.as_deref() == Some("on"))
}

/// The first instant of a civil day in Japan.
pub(super) fn start_of(day: Day) -> DateTime<Utc> {
    day.date().and_time(chrono::NaiveTime::MIN).and_utc() - chrono::Duration::hours(9)
}
