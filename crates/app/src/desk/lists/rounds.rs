//! Intake windows of offices: until when something is due, and when the next board meets.

use crate::cx::Cx;
use crate::desk::At;
use crate::error::Result;
use chrono::{DateTime, Utc};
use mamis_rules::base::{AssociationId, Day, FiscalYear};
use mamis_rules::certification::deadline::{Round, examine_by};
use mamis_schema::{association, round};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// The windows around today of some associations. One that sets none goes by those of the tier above.
#[derive(Clone, Debug, Default)]
pub struct Calendar(Vec<Own>);

#[derive(Clone, Debug)]
struct Own {
    association: AssociationId,
    name: String,
    windows: Vec<Window>,
}

#[derive(Clone, Debug)]
struct Window {
    scheme: String,
    round: Round,
}

/// The next days of one association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Name of the association.
    pub association: String,
    /// Number of the round within its fiscal year.
    pub round: i32,
    /// The next closing day.
    pub closes_on: Day,
    /// How many days are left, today excluded.
    pub days_left: i64,
    /// The next board day.
    pub board_on: Option<Day>,
}

/// Reads the windows from a year back to a year ahead: bounded by six a year.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn calendar(cx: &Cx, offices: &[At]) -> Result<Calendar> {
    let wanted: Vec<Uuid> = offices.iter().map(|at| at.id.into()).collect();
    let bodies =
        association::Entity::find().filter(association::Column::Id.is_in(wanted)).all(cx.db()).await?;
    let read: Vec<Uuid> = bodies.iter().flat_map(|body| [Some(body.id), body.parent]).flatten().collect();
    let rows = round::Entity::find()
        .filter(round::Column::Association.is_in(read))
        .filter(round::Column::ClosesOn.gte(cx.today().plus_years(-1).date()))
        .filter(round::Column::ClosesOn.lte(cx.today().plus_years(1).date()))
        .order_by_asc(round::Column::ClosesOn)
        .limit(1_000)
        .all(cx.db())
        .await?;
    let windows = |of: Uuid| -> Vec<Window> {
        let mine = rows.iter().filter(|row| row.association == of);
        mine.map(|row| Window {
            scheme: row.scheme.clone(),
            round: Round {
                association: row.association.into(),
                fiscal_year: FiscalYear(row.fiscal_year),
                number: u8::try_from(row.number).unwrap_or_default(),
                opens_on: row.opens_on.map(Day::from),
                closes_on: row.closes_on.into(),
                board_on: row.board_on.map(Day::from),
            },
        })
        .collect()
    };
    let own = bodies.into_iter().map(|body| {
        let mut found = windows(body.id);
        if let (true, Some(parent)) = (found.is_empty(), body.parent) {
            found = windows(parent);
        }
        Own { association: body.id.into(), name: body.name, windows: found }
    });
    Ok(Calendar(own.collect()))
}

impl Calendar {
    fn of(&self, association: AssociationId) -> &[Window] {
        self.0.iter().find(|own| own.association == association).map_or(&[], |own| &own.windows)
    }

    fn of_scheme(&self, association: AssociationId, scheme: &str) -> Vec<Round> {
        let windows = self.of(association).iter().filter(|window| window.scheme == scheme);
        windows.map(|window| window.round).collect()
    }

    /// The closing day of the last window whose board has met: what came by then should be examined.
    pub fn last_overdue(&self, association: AssociationId, today: Day) -> Option<Day> {
        let over = self.of(association).iter().filter(|window| window.round.decided_on() < today);
        over.map(|window| window.round.closes_on).max()
    }

    /// Until when something of a scheme is to be examined that came to the desk at this instant.
    pub fn due(&self, association: AssociationId, scheme: &str, since: DateTime<Utc>) -> Option<Day> {
        examine_by(&self.of_scheme(association, scheme), Day::of(since))
    }

    /// The next closing and board day of each association.
    pub fn deadlines(&self, today: Day) -> Vec<Deadline> {
        let next = |own: &Own| {
            let rounds = || own.windows.iter().map(|window| window.round);
            let next = rounds().find(|round| round.closes_on >= today)?;
            let boards = rounds().filter_map(|round| round.board_on);
            Some(Deadline {
                association: own.name.clone(),
                round: i32::from(next.number),
                closes_on: next.closes_on,
                days_left: today.days_until(next.closes_on),
                board_on: boards.filter(|day| *day >= today).min(),
            })
        };
        self.0.iter().filter_map(next).collect()
    }
}

/// The first instant after a civil day in Japan.
pub fn end_of(day: Day) -> DateTime<Utc> {
    day.next().begins_at()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    #[test]
    fn something_is_due_at_the_board_of_the_window_in_which_it_came() {
        let association = AssociationId(Uuid::from_u128(1));
        let closes = |number, text: &str| Window {
            scheme: "occupational_physician".to_owned(),
            round: Round {
                association,
                fiscal_year: FiscalYear(2026),
                number,
                opens_on: None,
                closes_on: day(text),
                board_on: Some(day(text).plus_days(9)),
            },
        };
        let windows = vec![closes(4, "2026-09-30"), closes(5, "2026-11-27"), closes(6, "2027-01-29")];
        let calendar = Calendar(vec![Own { association, name: "藤沢市医師会".to_owned(), windows }]);
        let due = |text: &str| {
            let came = text.parse().expect("an instant");
            calendar.due(association, "occupational_physician", came).map(|day| day.to_string())
        };
        // 30 September 23:59 and 1 October 0:00 in Japan.
        assert_eq!(due("2026-09-30T14:59:00Z").as_deref(), Some("2026-10-09"));
        assert_eq!(due("2026-09-30T15:00:00Z").as_deref(), Some("2026-12-06"));
        assert_eq!(due("2027-03-01T00:00:00Z"), None);
        assert_eq!(calendar.last_overdue(association, day("2026-11-22")), Some(day("2026-09-30")));
        assert_eq!(calendar.last_overdue(association, day("2026-12-06")), Some(day("2026-09-30")));
        assert_eq!(calendar.last_overdue(association, day("2026-12-07")), Some(day("2026-11-27")));
        let next = &calendar.deadlines(day("2026-11-22"))[0];
        assert_eq!((next.closes_on, next.days_left, next.round), (day("2026-11-27"), 5, 5));
        assert_eq!(next.board_on, Some(day("2026-12-06")));
        assert_eq!(end_of(day("2026-09-30")).to_string(), "2026-09-30 15:00:00 UTC");
    }
}
