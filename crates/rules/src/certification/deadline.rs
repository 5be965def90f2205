//! The one date a physician needs: until when to apply at the own association.
//!
//! The national tier takes files six times a year and each association closes earlier [pub].
//! Round numbers do not match between associations (Kanagawa's first closes after the national
//! first), so rounds are chained by date: the first closing upward that is not earlier.

use crate::base::day::{Day, FiscalYear};
use crate::base::ids::AssociationId;

/// An intake window of one association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// Whose.
    pub association: AssociationId,
    /// The fiscal year that the association counts it in.
    pub fiscal_year: FiscalYear,
    /// 1 … 6 within the fiscal year.
    pub number: u8,
    /// The first day, if the association names one.
    pub opens_on: Option<Day>,
    /// The last day.
    pub closes_on: Day,
    /// The day of the board, if known.
    pub board_on: Option<Day>,
}

impl Round {
    // The day by which the round is decided, as far as the calendar tells.
    fn decided_on(&self) -> Day {
        self.board_on.map_or(self.closes_on, |board| board.max(self.closes_on))
    }
}

/// One way to reach the national tier: apply here by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chance {
    /// The window of the association that the physician applies to.
    pub own: Round,
    /// The national round that it reaches.
    pub national: Round,
}

impl Chance {
    /// The last day to apply.
    pub const fn apply_by(&self) -> Day {
        self.own.closes_on
    }

    /// When the certificate can be expected: the national board, where its day is known.
    pub const fn certificate_expected_on(&self) -> Option<Day> {
        self.national.board_on
    }
}

/// The last chance before the expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// Apply by this one.
    Known(Chance),
    /// The calendars do not reach the expiry yet.
    NotPublished,
    /// Too late: no round still open is decided before the expiry.
    Passed,
    /// There is no expiry to meet: an initial application.
    NoExpiry,
}

/// What the physician is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The next window to close.
    pub next: Option<Chance>,
    /// The last window that still meets the expiry.
    pub last: Last,
}

impl Deadline {
    /// The one date: the last day that meets the expiry, else the next closing.
    pub fn apply_by(&self) -> Option<Day> {
        match self.last {
            Last::Known(chance) => Some(chance.apply_by()),
            Last::NotPublished | Last::Passed | Last::NoExpiry => self.next.map(|chance| chance.apply_by()),
        }
    }

    /// The sentence on my page; `association` is the name of the association to apply to.
    pub fn sentence(&self, association: &str) -> String {
        let next = self.next.map_or_else(
            || "次の受付の日程はまだ公開されていません。".to_owned(),
            |chance| format!("次の締切は{}です（{association}）。", chance.apply_by().japanese()),
        );
        match self.last {
            Last::Known(chance) => {
                let expected = chance
                    .certificate_expected_on()
                    .map_or_else(String::new, |day| format!("認定は{}ごろの予定です。", day.japanese()));
                format!("{association}への申請の締切は{}です。{expected}", chance.apply_by().japanese())
            }
            Last::NoExpiry => next,
            Last::NotPublished => {
                format!("有効期限までの日程は、まだすべては公開されていません。{next}")
            }
            Last::Passed => {
                format!("有効期限までに認定が間に合う受付は終わりました。事務局にご相談ください。{next}")
            }
        }
    }
}

/// The deadline of a physician.
///
/// `own` are the rounds of the association to apply to, `between` those of the prefectural
/// association when that is another one (empty for a non-member, or where it sets none), `national`
/// the national rounds of the scheme. A round reaches the expiry when it is decided by its last day
/// (the board's day, else the closing day) [assumed].
pub fn deadline(
    own: &[Round],
    between: &[Round],
    national: &[Round],
    expires_on: Option<Day>,
    today: Day,
) -> Deadline {
    let mut open: Vec<Chance> = own
        .iter()
        .filter(|round| round.closes_on >= today)
        .filter_map(|round| chance(*round, between, national))
        .collect();
    open.sort_by_key(Chance::apply_by);
    let last = match expires_on {
        None => Last::NoExpiry,
        Some(expiry) if !reaches(own, national, expiry) => Last::NotPublished,
        Some(expiry) => open
            .iter()
            .rev()
            .find(|chance| chance.national.decided_on() <= expiry)
            .map_or(Last::Passed, |chance| Last::Known(*chance)),
    };
    Deadline { next: open.first().copied(), last }
}

// A member of an association that sets no rounds applies by those of the tier above: `own` is then
// that tier's.
fn chance(own: Round, between: &[Round], national: &[Round]) -> Option<Chance> {
    let handed_up = match between {
        [] => own.closes_on,
        rounds => first_from(rounds, own.closes_on)?.closes_on,
    };
    first_from(national, handed_up).map(|national| Chance { own, national })
}

fn first_from(rounds: &[Round], day: Day) -> Option<Round> {
    rounds.iter().filter(|round| round.closes_on >= day).min_by_key(|round| round.closes_on).copied()
}

// Whether the calendars reach the expiry: both show a round of its fiscal year, or one after it.
fn reaches(own: &[Round], national: &[Round], expiry: Day) -> bool {
    let year = FiscalYear::of(expiry);
    let covers =
        |rounds: &[Round]| rounds.iter().any(|round| round.fiscal_year >= year || round.closes_on > expiry);
    covers(own) && covers(national)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("an ISO day")
    }

    fn rounds(association: u128, fiscal_year: i32, closes: &[&str]) -> Vec<Round> {
        (1_u8..)
            .zip(closes)
            .map(|(number, closes_on)| Round {
                association: AssociationId(Uuid::from_u128(association)),
                fiscal_year: FiscalYear(fiscal_year),
                number,
                opens_on: None,
                closes_on: day(closes_on),
                board_on: None,
            })
            .collect()
    }

    // FY2025 as published on the Saga association's page.
    fn national() -> Vec<Round> {
        rounds(1, 2025, &["2025-05-01", "2025-07-01", "2025-09-01", "2025-11-04", "2026-01-05", "2026-03-02"])
    }

    fn saga() -> Vec<Round> {
        rounds(2, 2025, &["2025-04-17", "2025-05-30", "2025-07-31", "2025-09-30", "2025-11-28", "2026-01-30"])
    }

    fn kanagawa() -> Vec<Round> {
        rounds(3, 2025, &["2025-05-30", "2025-07-31", "2025-09-30", "2025-11-28", "2026-01-30", "2026-03-31"])
    }

    fn last(own: &[Round], between: &[Round], expiry: &str, today: &str) -> Option<String> {
        match deadline(own, between, &national(), Some(day(expiry)), day(today)).last {
            Last::Known(chance) => Some(chance.apply_by().to_string()),
            Last::NotPublished | Last::Passed | Last::NoExpiry => None,
        }
    }

    #[test]
    fn the_last_closing_that_meets_the_expiry() {
        for (own, expiry, apply_by) in [
            (saga(), "2026-03-31", "2026-01-30"),
            (saga(), "2026-03-02", "2026-01-30"),
            (saga(), "2026-03-01", "2025-11-28"),
            (saga(), "2025-12-31", "2025-09-30"),
            // Kanagawa's windows close a round later than their numbers say.
            (kanagawa(), "2026-03-31", "2026-01-30"),
            (kanagawa(), "2025-09-01", "2025-07-31"),
        ] {
            assert_eq!(last(&own, &[], expiry, "2025-04-10").as_deref(), Some(apply_by), "{expiry}");
        }
    }

    #[test]
    fn a_member_hands_in_before_the_prefectural_association_closes() {
        let municipal = rounds(4, 2025, &["2025-04-10", "2025-06-10", "2025-09-25", "2026-02-10"]);
        // 10 February is after Saga's last closing, so 25 September is the last that arrives.
        assert_eq!(last(&municipal, &saga(), "2026-03-31", "2025-04-01").as_deref(), Some("2025-09-25"));
        // Saga takes it on 30 September, national on 4 November: too late for the end of October.
        assert_eq!(last(&municipal, &saga(), "2025-10-31", "2025-04-01").as_deref(), Some("2025-06-10"));
    }

    #[test]
    fn closed_windows_and_unpublished_calendars_are_named() {
        let at = |expiry: Option<&str>, today: &str| {
            deadline(&saga(), &[], &national(), expiry.map(day), day(today))
        };
        assert_eq!(at(Some("2026-03-31"), "2026-01-31").last, Last::Passed);
        assert_eq!(at(Some("2026-03-31"), "2026-01-31").next, None);
        assert_eq!(at(Some("2029-03-31"), "2025-06-01").last, Last::NotPublished);
        assert_eq!(at(None, "2025-06-01").last, Last::NoExpiry);
        assert_eq!(at(None, "2025-06-01").apply_by(), Some(day("2025-07-31")));
        assert_eq!(at(None, "2025-05-30").apply_by(), Some(day("2025-05-30")));
    }

    #[test]
    fn the_physician_reads_one_date() {
        let mut national = national();
        national[5].board_on = Some(day("2026-03-24"));
        let deadline = deadline(&saga(), &[], &national, Some(day("2026-03-31")), day("2025-12-01"));
        assert_eq!(
            deadline.sentence("佐賀市医師会"),
            "佐賀市医師会への申請の締切は2026年1月30日（令和8年）です。認定は2026年3月24日（令和8年）ごろの予定です。"
        );
    }
}
