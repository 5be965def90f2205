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
    /// The day by which the round is decided, as far as the calendar tells: the board's, else the closing day.
    pub fn decided_on(&self) -> Day {
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

    /// When the certificate can be expected by [`Self::apply_by`].
    pub fn certificate_expected_on(&self) -> Option<Day> {
        let chance = match self.last {
            Last::Known(chance) => Some(chance),
            Last::NotPublished | Last::Passed | Last::NoExpiry => self.next,
        };
        chance.and_then(|chance| chance.certificate_expected_on())
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

/// What an application waits for at the desk that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// The examination; it came on that day.
    Examination(Day),
    /// The next meeting: it is on its list.
    Meeting,
    /// Nothing but being sent up: the board has decided.
    Sending,
}

/// What the calendars say about an application under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// The board at the desk that it waits for, where that desk has windows of its own.
    pub board_on: Option<Day>,
    /// The board of the national tier, where its day is known.
    pub certificate_on: Option<Day>,
}

/// When an application under way can be expected to be decided. `way` holds the windows of the associations from the
/// desk that has it up to the national one; an association that sets none goes by those of the tier above. What is to
/// be examined goes by the window in which it came, unless that one's board is over; what waits for a meeting, by the
/// next one.
pub fn forecast(waits: Waits, way: &[Vec<Round>], today: Day) -> Forecast {
    let mut tiers = way.iter().filter(|rounds| !rounds.is_empty());
    let at_desk = match waits {
        Waits::Sending => None,
        Waits::Examination(came) => tiers.next().and_then(|rounds| {
            let open: Vec<Round> =
                rounds.iter().copied().filter(|round| round.decided_on() >= today).collect();
            first_from(&open, came)
        }),
        Waits::Meeting => tiers.next().and_then(|rounds| {
            let coming = rounds.iter().filter(|round| round.decided_on() >= today);
            coming.min_by_key(|round| round.decided_on()).copied()
        }),
    };
    if waits == Waits::Sending && way.first().is_some_and(|rounds| !rounds.is_empty()) {
        tiers.next();
    }
    let start = match (waits, at_desk) {
        (Waits::Sending, _) => Some(None),
        (_, found) => found.map(Some),
    };
    // From window to window, as for those who have yet to apply; nothing goes up before today.
    let last = start.and_then(|at_desk| {
        tiers.try_fold(at_desk, |below, rounds| {
            let day = below.map_or(today, |round| round.closes_on.max(today));
            first_from(rounds, day).map(Some)
        })?
    });
    let own = way.first().is_some_and(|rounds| !rounds.is_empty());
    Forecast {
        board_on: at_desk.filter(|_| own).and_then(|round| round.board_on),
        certificate_on: last.and_then(|round| round.board_on).filter(|day| *day >= today),
    }
}

/// Until when something is to be examined that came on that day: the board of the window in which it came.
pub fn examine_by(rounds: &[Round], came: Day) -> Option<Day> {
    first_from(rounds, came).map(|round| round.decided_on())
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

    // Closing and board days of three tiers.
    fn three_tiers() -> Vec<Vec<Round>> {
        let tier = |association, days: &[(&str, &str)]| -> Vec<Round> {
            let closes: Vec<&str> = days.iter().map(|(closes, _)| *closes).collect();
            let boards = days.iter().map(|(_, board)| Some(day(board)));
            let rounds = rounds(association, 2026, &closes).into_iter().zip(boards);
            rounds.map(|(round, board_on)| Round { board_on, ..round }).collect()
        };
        vec![
            tier(3, &[("2026-09-15", "2026-09-27"), ("2026-11-27", "2026-12-09")]),
            tier(2, &[("2026-10-07", "2026-10-22"), ("2026-12-10", "2026-12-25")]),
            tier(
                1,
                &[("2026-11-04", "2026-11-26"), ("2027-01-05", "2027-01-27"), ("2027-03-02", "2027-03-24")],
            ),
        ]
    }

    #[test]
    fn the_forecast_moves_with_the_application() {
        let (all, today) = (three_tiers(), "2026-11-23");
        let said = |waits: Waits, way: &[Vec<Round>], today: &str| {
            let found = forecast(waits, way, day(today));
            [found.board_on, found.certificate_on]
                .map(|day| day.map(|day| day.to_string()).unwrap_or_default())
        };
        let came = |text: &str| Waits::Examination(day(text));
        for (waits, way, expected) in [
            (came("2026-11-20"), &all[..], ["2026-12-09", "2027-01-27"]),
            // Its own board is over, so it goes by the next one.
            (came("2026-09-01"), &all[..], ["2026-12-09", "2027-01-27"]),
            (Waits::Meeting, &all[..], ["2026-12-09", "2027-01-27"]),
            (Waits::Sending, &all[..], ["", "2027-01-27"]),
            (Waits::Meeting, &all[1..], ["2026-12-25", "2027-01-27"]),
            (Waits::Sending, &all[1..], ["", "2027-01-27"]),
            (came("2026-11-20"), &all[2..], ["2027-01-27", "2027-01-27"]),
            (came("2026-11-04"), &all[2..], ["2026-11-26", "2026-11-26"]),
            // Only the national board is left.
            (Waits::Meeting, &all[2..], ["2026-11-26", "2026-11-26"]),
            (Waits::Sending, &all[2..], ["", ""]),
        ] {
            assert_eq!(said(waits, way, today), expected, "{waits:?} with {} tiers", way.len());
        }
        assert_eq!(said(Waits::Meeting, &all[2..], "2027-04-01"), ["", ""], "no calendar, no day");
        let without_own = [Vec::new(), all[1].clone(), all[2].clone()];
        assert_eq!(said(came("2026-11-20"), &without_own, today), ["", "2027-01-27"]);
    }

    #[test]
    fn office_and_physician_read_the_same_board() {
        let all = three_tiers();
        for came in ["2026-10-01", "2026-11-20", "2026-11-27"] {
            let due = examine_by(&all[0], day(came));
            assert_eq!(
                due,
                forecast(Waits::Examination(day(came)), &all, day("2026-11-23")).board_on,
                "{came}"
            );
        }
    }

    #[test]
    fn who_applies_and_who_has_applied_read_the_same_certificate() {
        let all = three_tiers();
        let today = day("2026-11-20");
        let next = deadline(&all[0], &all[1], &all[2], None, today).certificate_expected_on();
        assert!(next.is_some());
        assert_eq!(next, forecast(Waits::Examination(today), &all, today).certificate_on);
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
