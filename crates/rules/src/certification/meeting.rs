//! The day of a meeting that decides about applications: none decides about what has not come yet.

use crate::base::day::Day;

/// One application that a meeting decided about, as far as the meeting's day depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its number.
    pub number: String,
    /// The day it reached the desk.
    pub arrived_on: Day,
    /// The committee's day, where a committee decided before the board.
    pub committee_on: Option<Day>,
}

/// Whether a meeting can have decided about these applications on that day: not after today, not before the
/// last of them had come, and the board not before the committee.
///
/// # Errors
/// A sentence for the field of the day, which names the application that came last.
pub fn check_day(held_on: Day, today: Day, cases: &[Case]) -> Result<(), String> {
    if held_on > today {
        return Err("開催日には、今日までの日付を入力してください。".to_owned());
    }
    let committee =
        cases.iter().filter_map(|case| Some((case.committee_on?, case))).max_by_key(|(day, _)| *day);
    if let Some((day, case)) = committee.filter(|(day, _)| held_on < *day) {
        return Err(format!(
            "申請{}は、{}の運営委員会で承認されています。理事会の開催日には、この日以降の日付を入力してください。",
            case.number,
            day.japanese()
        ));
    }
    match cases.iter().max_by_key(|case| case.arrived_on).filter(|case| held_on < case.arrived_on) {
        Some(case) => Err(format!(
            "申請{}は、{}に届いています。開催日には、この日以降の日付を入力してください。",
            case.number,
            case.arrived_on.japanese()
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("an ISO day")
    }

    fn case(number: &str, arrived: &str, committee: Option<&str>) -> Case {
        Case { number: number.to_owned(), arrived_on: day(arrived), committee_on: committee.map(day) }
    }

    #[test]
    fn a_meeting_lies_between_the_last_arrival_and_today() {
        let cases = [case("A1", "2026-11-26", None), case("A2", "2026-11-20", None)];
        let check = |held: &str| check_day(day(held), day("2026-12-10"), &cases);
        assert_eq!(check("2026-11-26"), Ok(()), "the day it came");
        assert_eq!(check("2026-12-10"), Ok(()), "today");
        for held in ["2020-01-01", "2026-11-01", "2026-11-25"] {
            let said = check(held).expect_err(held);
            assert!(said.contains("A1") && said.contains("2026年11月26日"), "{said}");
        }
        assert!(check("2026-12-11").is_err_and(|said| said.contains("今日まで")));
        assert_eq!(check_day(day("2020-01-01"), day("2026-12-10"), &[]), Ok(()), "nothing to be early for");
    }

    #[test]
    fn the_board_meets_on_the_committees_day_or_later() {
        let cases = [case("A1", "2026-11-02", Some("2026-11-13")), case("A2", "2026-11-02", None)];
        let check = |held: &str| check_day(day(held), day("2026-12-10"), &cases);
        assert_eq!(check("2026-11-13"), Ok(()));
        let said = check("2026-11-12").expect_err("before the committee");
        assert!(said.contains("運営委員会") && said.contains("2026年11月13日"), "{said}");
    }
}
