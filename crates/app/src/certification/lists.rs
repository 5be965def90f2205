//! Questions about certifications and what associations decide for themselves about them.

pub mod ledger;

use crate::cx::Cx;
use crate::error::Result;
use chrono::{DateTime, Utc};
use mamis_rules::association::setting;
use mamis_rules::base::{AssociationId, Day, Period};
use mamis_rules::certification::Certification;
use mamis_schema::{association_setting, certification, special_measure};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Whether an unpaid registration fee keeps an application from going up [seed: each association chooses].
pub const FEE_BEFORE_SUBMISSION: &str = setting::FEE_BEFORE_SUBMISSION.name;

/// Whether a cover letter stands in front of the board packet [seed: each association chooses].
pub const COVER_LETTER: &str = setting::COVER_LETTER.name;

/// Whether a setting of an association is `on` today; one never made is as the table of settings says.
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
    Ok(match value {
        Some(value) => value == "on",
        None => setting::Setting::named(name).is_some_and(|setting| setting.default),
    })
}

/// How a certification stands to the periods of its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// No later period follows.
    Last,
    /// A renewal follows: what a special measure prolonged is prolonged no more.
    Renewed,
}

/// What a standing asks about a row.
pub(crate) fn facts(
    row: &certification::Model,
    place: Place,
    measures: &[special_measure::Model],
) -> Certification {
    let holds = |measure: &&special_measure::Model| {
        place == Place::Last
            && measure.scheme == row.scheme
            && measure.expired_from <= row.valid_until
            && row.valid_until <= measure.expired_until
    };
    Certification {
        validity: Period { from: row.valid_from.into(), until: row.valid_until.into() },
        prolonged_until: measures.iter().filter(holds).map(|measure| Day::from(measure.extended_until)).max(),
        ended_on: row.ended_on.map(Day::from),
    }
}

/// Every special measure: the reference data has a handful.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn measures(db: &impl ConnectionTrait) -> Result<Vec<special_measure::Model>> {
    Ok(special_measure::Entity::find().limit(1_000).all(db).await?)
}

/// The place of a row among others of its number.
pub(crate) fn place(row: &certification::Model, of_number: &[certification::Model]) -> Place {
    let renewed = of_number.iter().any(|other| other.previous == Some(row.id));
    if renewed { Place::Renewed } else { Place::Last }
}

/// The first instant of a civil day in Japan.
pub(super) fn start_of(day: Day) -> DateTime<Utc> {
    day.date().and_time(chrono::NaiveTime::MIN).and_utc() - chrono::Duration::hours(9)
}
