//! When a certified physician hears that the validity ends.

use crate::base::day::Day;
use crate::named::named;

named! {
    /// The notices before the expiry.
    Notice {
        YearBefore = "year_before", "1年前のお知らせ";
        FourMonthsBefore = "four_months_before", "4か月前のお知らせ";
        TwoMonthsBefore = "two_months_before", "2か月前のお知らせ";
        MonthBefore = "month_before", "1か月前のお知らせ";
    }
}

named! {
    /// Who sends a notice.
    Sender {
        NationalAndOwn = "national_and_own", "日本医師会と所属の医師会";
        Desk = "desk", "郡市区等医師会（会員）または都道府県医師会（非会員）";
        System = "system", "システム";
    }
}

impl Notice {
    /// How many months before the last day of validity it goes out.
    pub const fn months_before(self) -> i32 {
        match self {
            Self::YearBefore => 12,
            Self::FourMonthsBefore => 4,
            Self::TwoMonthsBefore => 2,
            Self::MonthBefore => 1,
        }
    }

    /// Who sends it: a year before the national and own association, about four months before the
    /// desk [seed]; the two later ones are an addition of ours.
    pub const fn sender(self) -> Sender {
        match self {
            Self::YearBefore => Sender::NationalAndOwn,
            Self::FourMonthsBefore => Sender::Desk,
            Self::TwoMonthsBefore | Self::MonthBefore => Sender::System,
        }
    }

    /// The day it goes out.
    pub fn send_on(self, expires_on: Day) -> Day {
        expires_on.plus_months(-self.months_before())
    }
}

/// The whole schedule, first notice first.
pub fn schedule(expires_on: Day) -> [(Notice, Day); 4] {
    [Notice::YearBefore, Notice::FourMonthsBefore, Notice::TwoMonthsBefore, Notice::MonthBefore]
        .map(|notice| (notice, notice.send_on(expires_on)))
}

/// The notice to send now: the latest that is due, so that somebody who was taken over late gets
/// one letter and not four. None before the first, and after the expiry.
pub fn due(expires_on: Day, today: Day) -> Option<Notice> {
    if today > expires_on {
        return None;
    }
    schedule(expires_on).into_iter().rev().find(|(_, send_on)| *send_on <= today).map(|(notice, _)| notice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("an ISO day")
    }

    #[test]
    fn notices_go_out_before_the_expiry() {
        let days = schedule(day("2027-03-31")).map(|(_, on)| on.to_string());
        assert_eq!(days, ["2026-03-31", "2026-11-30", "2027-01-31", "2027-02-28"]);
    }

    #[test]
    fn the_latest_due_notice_is_sent() {
        for (today, notice) in [
            ("2026-03-30", None),
            ("2026-03-31", Some(Notice::YearBefore)),
            ("2026-11-29", Some(Notice::YearBefore)),
            ("2026-11-30", Some(Notice::FourMonthsBefore)),
            ("2027-02-27", Some(Notice::TwoMonthsBefore)),
            ("2027-03-31", Some(Notice::MonthBefore)),
            ("2027-04-01", None),
        ] {
            assert_eq!(due(day("2027-03-31"), day(today)), notice, "{today}");
        }
    }
}
