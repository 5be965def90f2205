//! The one deadline of a physician, read from the calendars of the associations on the way.

use super::home::Home;
use crate::error::Result;
use mamis_rules::base::{AssociationId, Day, FiscalYear, RoundId};
use mamis_rules::certification::deadline::{self, Deadline, Round};
use mamis_rules::credit::Scheme;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

/// The intake windows of the associations on one person's way, the last year's included.
#[derive(Clone, Debug, Default)]
pub struct Calendar(Vec<(RoundId, Round)>);

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    association: Uuid,
    fiscal_year: i32,
    number: i32,
    opens_on: Option<chrono::NaiveDate>,
    closes_on: chrono::NaiveDate,
    board_on: Option<chrono::NaiveDate>,
}

/// The windows of up to three associations. One query.
///
/// # Errors
/// A fault of the database.
pub async fn calendar(
    db: &impl ConnectionTrait,
    scheme: Scheme,
    of: &[AssociationId],
    today: Day,
) -> Result<Calendar> {
    let Some(first) = of.first() else { return Ok(Calendar::default()) };
    let at = |index: usize| Uuid::from(*of.get(index).unwrap_or(first));
    // Windows that closed within the year still tell that a calendar reaches the expiry.
    let since = today.plus_years(-1);
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "select id, association, fiscal_year, number, opens_on, closes_on, board_on
           from round
          where scheme = $1 and association in ($2, $3, $4) and closes_on >= $5
          order by closes_on limit 120",
        [scheme.name().into(), at(0).into(), at(1).into(), at(2).into(), since.date().into()],
    );
    let rows = Row::find_by_statement(statement).all(db).await?;
    Ok(Calendar(rows.into_iter().map(Row::round).collect()))
}

impl Row {
    fn round(self) -> (RoundId, Round) {
        let round = Round {
            association: self.association.into(),
            fiscal_year: FiscalYear(self.fiscal_year),
            number: u8::try_from(self.number).unwrap_or_default(),
            opens_on: self.opens_on.map(Day::from),
            closes_on: self.closes_on.into(),
            board_on: self.board_on.map(Day::from),
        };
        (self.id.into(), round)
    }
}

/// The associations whose windows decide, from the desk upward.
pub fn on_the_way(home: &Home) -> Vec<AssociationId> {
    home.desk().map(|desk| desk.id).into_iter().chain(home.between()).chain([home.national]).collect()
}

impl Calendar {
    /// The windows of one association, by closing day.
    pub fn of(&self, association: AssociationId) -> Vec<Round> {
        self.0.iter().map(|(_, round)| *round).filter(|round| round.association == association).collect()
    }

    /// The row of a window.
    pub fn id(&self, of: &Round) -> Option<RoundId> {
        self.0.iter().find(|(_, round)| round == of).map(|(id, _)| *id)
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
