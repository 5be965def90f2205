//! The one deadline of a physician, read from the calendars of the associations on the way.

use super::home::{Home, lowest};
use crate::db::asked;
use crate::error::{Error, Result};
use mamis_rules::base::{AssociationId, Day, FiscalYear, RoundId};
use mamis_rules::certification::deadline::{self, Deadline, Round};
use mamis_rules::credit::Scheme;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The intake windows of the associations on one person's way, the last year's included.
#[derive(Clone, Debug, Default)]
pub struct Calendar(Vec<Round>);

/// One window, in the order of [`SELECTED`].
#[derive(Deserialize)]
struct Row {
    association: Uuid,
    scheme: String,
    fiscal_year: i32,
    number: u8,
    opens_on: Option<chrono::NaiveDate>,
    closes_on: chrono::NaiveDate,
    board_on: Option<chrono::NaiveDate>,
}

const SELECTED: &[&str] = &["scheme", "fiscal_year", "number", "opens_on", "closes_on", "board_on"];

/// Windows that closed within the year still tell that a calendar reaches the expiry.
const YEARS_BACK: i32 = -1;

/// The windows of some associations. One query.
///
/// # Errors
/// A fault of the database.
pub async fn calendar(
    db: &impl ConnectionTrait,
    scheme: Scheme,
    of: &[AssociationId],
    today: Day,
) -> Result<Calendar> {
    use mamis_schema::round::{Column as R, Entity};
    let of: Vec<Uuid> = of.iter().map(|id| Uuid::from(*id)).collect();
    let rows = Entity::find()
        .filter(R::Scheme.eq(scheme.name()))
        .filter(R::Association.is_in(of))
        .filter(R::ClosesOn.gte(today.plus_years(YEARS_BACK).date()))
        .order_by_asc(R::ClosesOn)
        .limit(120)
        .all(db)
        .await?;
    let rounds = rows.into_iter().map(|row| Round {
        association: row.association.into(),
        fiscal_year: FiscalYear(row.fiscal_year),
        number: u8::try_from(row.number).unwrap_or_default(),
        opens_on: row.opens_on.map(Day::from),
        closes_on: row.closes_on.into(),
        board_on: row.board_on.map(Day::from),
    });
    Ok(Calendar(rounds.collect()))
}

/// The windows of all schemes on a member's way, to be asked for together with other lists.
pub(crate) fn list(backend: DatabaseBackend, today: Day) -> String {
    let select = format!(
        "select r.association, r.scheme, r.fiscal_year, r.number, r.opens_on, r.closes_on, r.board_on
           from round r
          where r.association in
                (select x.ancestor from association_ancestor x where x.association = {})
            and r.closes_on >= '{}'
          order by r.closes_on limit 400",
        lowest(),
        today.plus_years(YEARS_BACK)
    );
    asked::list(backend, &["association"], SELECTED, &select)
}

/// Reads what [`list`] asked for; a scheme without any window is left out.
///
/// # Errors
/// A fault of a row with an unknown scheme.
pub(crate) fn read(json: &str) -> Result<BTreeMap<Scheme, Calendar>> {
    let mut rows: Vec<Row> = serde_json::from_str(json)?;
    rows.sort_by_key(|row| row.closes_on);
    let mut calendars: BTreeMap<Scheme, Calendar> = BTreeMap::new();
    for row in rows {
        let round = Round {
            association: row.association.into(),
            fiscal_year: FiscalYear(row.fiscal_year),
            number: row.number,
            opens_on: row.opens_on.map(Day::from),
            closes_on: row.closes_on.into(),
            board_on: row.board_on.map(Day::from),
        };
        calendars.entry(row.scheme.parse().map_err(Error::fault)?).or_default().0.push(round);
    }
    Ok(calendars)
}

/// The row of a window.
///
/// # Errors
/// A fault of the database.
pub async fn round_id(db: &impl ConnectionTrait, scheme: Scheme, of: &Round) -> Result<Option<RoundId>> {
    use mamis_schema::round::{Column as R, Entity};
    let id = Entity::find()
        .select_only()
        .column(R::Id)
        .filter(R::Association.eq(Uuid::from(of.association)))
        .filter(R::Scheme.eq(scheme.name()))
        .filter(R::FiscalYear.eq(of.fiscal_year.0))
        .filter(R::Number.eq(i32::from(of.number)))
        .into_tuple::<Uuid>()
        .one(db)
        .await?;
    Ok(id.map(RoundId))
}

/// The associations whose windows decide, from the desk upward.
pub fn on_the_way(home: &Home) -> Vec<AssociationId> {
    home.desk().map(|desk| desk.id).into_iter().chain(home.between()).chain([home.national]).collect()
}

impl Calendar {
    /// The windows of one association, by closing day.
    pub fn of(&self, association: AssociationId) -> Vec<Round> {
        self.0.iter().copied().filter(|round| round.association == association).collect()
    }

    /// The first window of an association that closes today or later.
    pub fn next_closing(&self, association: AssociationId, today: Day) -> Option<Round> {
        self.of(association).into_iter().find(|round| round.closes_on >= today)
    }

    /// The next board day of an association, where it is known.
    pub fn next_board(&self, association: AssociationId, today: Day) -> Option<Day> {
        self.of(association)
            .into_iter()
            .filter_map(|round| round.board_on)
            .filter(|board| *board >= today)
            .min()
    }

    /// The deadline at somebody's desk. Where an association sets no windows, those of the tier above
    /// hold for its members.
    pub fn deadline(&self, home: &Home, expires_on: Option<Day>, today: Day) -> Deadline {
        let mut way = on_the_way(home).into_iter().map(|id| self.of(id)).collect::<Vec<_>>();
        let national = way.pop().unwrap_or_default();
        let mut below = way.into_iter().filter(|rounds| !rounds.is_empty());
        let own = below.next().unwrap_or_else(|| national.clone());
        let between = below.next().unwrap_or_default();
        deadline::deadline(&own, &between, &national, expires_on, today)
    }
}
