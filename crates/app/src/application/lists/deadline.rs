//! The one deadline of a physician, read from the calendars of the associations on the way.

use super::Found;
use super::home::{Home, lowest};
use crate::db::asked;
use crate::error::{Error, Result};
use mamis_rules::association::Tier;
use mamis_rules::base::{AssociationId, Day, FiscalYear, RoundId};
use mamis_rules::certification::deadline::{self, Deadline, Forecast, Round, Waits};
use mamis_rules::credit::Scheme;
use mamis_rules::flow::certification::{self as flow, State};
use mamis_rules::flow::{Desk, route};
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
    way_from(home, None)
}

/// The same from the tier that has an application, or that returned it.
pub fn way_from(home: &Home, tier: Option<Tier>) -> Vec<AssociationId> {
    let desk = home.desk().filter(|_| !matches!(tier, Some(Tier::Prefectural | Tier::National)));
    let first = desk.map(|desk| desk.id);
    // A non-member's desk is the prefectural association.
    let between = match home.at {
        route::Home::Member { prefectural, .. } => Some(prefectural),
        route::Home::NonMember { prefectural } => prefectural,
    };
    let between = between.filter(|id| tier != Some(Tier::National) && first != Some(*id));
    first.into_iter().chain(between).chain([home.national]).collect()
}

/// The associations whose windows decide for an application, from the one that has it or returned it upward; for a
/// draft those of the home.
pub fn way_of(found: &Found, home: &Home) -> Vec<AssociationId> {
    let Some(tier) = place(found.state) else { return on_the_way(home) };
    let deciding = found.route.iter().filter(|stop| stop.tier != Tier::District);
    deciding.skip_while(|stop| stop.tier != tier).map(|stop| stop.association).collect()
}

/// The tier at which an application is, or was when it was returned.
pub fn place(state: State) -> Option<Tier> {
    match state {
        State::ReturnedByMunicipal => Some(Tier::Municipal),
        State::ReturnedByPrefectural => Some(Tier::Prefectural),
        State::ReturnedByNational => Some(Tier::National),
        state => match flow::desk(state) {
            Desk::Tier(tier) => Some(tier),
            Desk::Applicant | Desk::Host | Desk::Former | Desk::Nobody => None,
        },
    }
}

/// What an application waits for at a desk; none where it lies at none.
pub fn waits(state: State, came: Option<Day>) -> Option<Waits> {
    match state {
        State::MunicipalExamination | State::PrefecturalExamination | State::NationalExamination => {
            came.map(Waits::Examination)
        }
        State::MunicipalBoard | State::PrefecturalBoard | State::NationalCommittee | State::NationalBoard => {
            Some(Waits::Meeting)
        }
        State::MunicipalDecided | State::PrefecturalDecided | State::NationalDecided => Some(Waits::Sending),
        State::Draft
        | State::ReturnedByMunicipal
        | State::ReturnedByPrefectural
        | State::ReturnedByNational
        | State::Approved
        | State::Rejected
        | State::Withdrawn => None,
    }
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

    /// The deadline at the first of these associations, of which the last is the national one. Where an association
    /// sets no windows, those of the tier above hold for its members.
    pub fn deadline(&self, way: &[AssociationId], expires_on: Option<Day>, today: Day) -> Deadline {
        let mut way = self.along(way);
        let national = way.pop().unwrap_or_default();
        let mut below = way.into_iter().filter(|rounds| !rounds.is_empty());
        let own = below.next().unwrap_or_else(|| national.clone());
        let between = below.next().unwrap_or_default();
        deadline::deadline(&own, &between, &national, expires_on, today)
    }

    /// When an application can be expected to be decided that the first of these associations has.
    pub fn forecast(&self, way: &[AssociationId], waits: Waits, today: Day) -> Forecast {
        deadline::forecast(waits, &self.along(way), today)
    }

    /// When the certificate can be expected: of an application under way by where it is, of one that was returned by
    /// the deadline that its applicant reads.
    pub fn certificate_on(
        &self,
        way: &[AssociationId],
        state: State,
        came: Option<Day>,
        expires_on: Option<Day>,
        today: Day,
    ) -> Option<Day> {
        match (waits(state, came), place(state)) {
            (Some(waits), _) => self.forecast(way, waits, today).certificate_on,
            (None, Some(_)) => self.deadline(way, expires_on, today).certificate_expected_on(),
            (None, None) => None,
        }
    }

    fn along(&self, way: &[AssociationId]) -> Vec<Vec<Round>> {
        way.iter().map(|id| self.of(*id)).collect()
    }
}
