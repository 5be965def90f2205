//! Civil days in Asia/Tokyo, fiscal years and periods.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, FixedOffset, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::{era, written};

/// A civil day in Japan. ISO in JSON and text (`2027-03-31`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Day(NaiveDate);

/// Why a text is no day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("「{0}」は日付として読めません。2025-04-01 や 令和7年4月1日 のように入力してください。")]
pub struct NotADay(pub String);

impl Day {
    /// The day of that year, month (1–12) and day of month; `None` when the calendar has no such day.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }

    /// Reads an ISO day, `2025-04-01`, and nothing else.
    ///
    /// # Errors
    /// [`NotADay`] for any other text.
    pub fn parse(text: &str) -> Result<Self, NotADay> {
        let wrong = || NotADay(text.to_owned());
        let shape = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shape {
            return Err(wrong());
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Self).map_err(|_| wrong())
    }

    /// Reads a day as people and spreadsheets write it: `2025/4/1`, `2025-04-01`, `2025.4.1`,
    /// `2025年4月1日`, `20250401`, `R7.4.1`, `令和7年4月1日`, `平成元年1月8日`; full or half width.
    ///
    /// An era may run on after its end, because certificates printed before 2019 do so
    /// (平成35年 is 2023), but not begin before its first day.
    ///
    /// # Errors
    /// [`NotADay`] for any other text.
    pub fn parse_written(text: &str) -> Result<Self, NotADay> {
        written::read(text).ok_or_else(|| NotADay(text.to_owned()))
    }

    /// The civil day in Asia/Tokyo at that instant. Japan has had no summer time since 1951.
    pub fn of(instant: DateTime<Utc>) -> Self {
        let tokyo = FixedOffset::east_opt(9 * 3600).expect("nine hours are less than a day");
        Self(instant.with_timezone(&tokyo).date_naive())
    }

    /// The instant at which the day begins in Asia/Tokyo.
    pub fn begins_at(self) -> DateTime<Utc> {
        self.date().and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(9)
    }

    /// The calendar year.
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// The month, 1–12.
    pub fn month(self) -> u32 {
        self.0.month()
    }

    /// The day of the month, 1–31.
    pub fn day(self) -> u32 {
        self.0.day()
    }

    /// The same day for libraries that want chrono's type.
    pub fn date(self) -> NaiveDate {
        self.0
    }

    /// The day of the week as one character, `月` to `日`.
    pub fn weekday(self) -> char {
        const NAMES: [char; 7] = ['月', '火', '水', '木', '金', '土', '日'];
        NAMES[self.0.weekday().num_days_from_monday() as usize]
    }

    /// For pages: `2027年3月31日（令和9年）`.
    pub fn japanese(self) -> String {
        let plain = self.plain();
        match era::year(self) {
            Some(year) => format!("{plain}（{year}）"),
            None => plain,
        }
    }

    /// For certificates: `令和9年3月31日`; before 明治 the plain calendar year.
    pub fn era(self) -> String {
        match era::year(self) {
            Some(year) => format!("{year}{}月{}日", self.month(), self.day()),
            None => self.plain(),
        }
    }

    fn plain(self) -> String {
        format!("{}年{}月{}日", self.year(), self.month(), self.day())
    }

    /// That many days later; earlier when negative. Stops at the ends of the calendar.
    pub fn plus_days(self, days: i64) -> Self {
        let size = Days::new(days.unsigned_abs());
        Self(if days < 0 {
            self.0.checked_sub_days(size).unwrap_or(NaiveDate::MIN)
        } else {
            self.0.checked_add_days(size).unwrap_or(NaiveDate::MAX)
        })
    }

    /// That many months later; earlier when negative. A day the month does not have becomes the
    /// month's last: 31 August and six months is 28 February.
    pub fn plus_months(self, months: i32) -> Self {
        let size = Months::new(months.unsigned_abs());
        Self(if months < 0 {
            self.0.checked_sub_months(size).unwrap_or(NaiveDate::MIN)
        } else {
            self.0.checked_add_months(size).unwrap_or(NaiveDate::MAX)
        })
    }

    /// The same day that many years later; 29 February becomes 28 February in common years.
    pub fn plus_years(self, years: i32) -> Self {
        self.plus_months(years.saturating_mul(12))
    }

    /// The day after.
    pub fn next(self) -> Self {
        self.plus_days(1)
    }

    /// How many days later `other` is; negative when it is earlier.
    pub fn days_until(self, other: Self) -> i64 {
        other.0.signed_duration_since(self.0).num_days()
    }
}

impl fmt::Display for Day {
    /// ISO: `2027-03-31`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.format("%Y-%m-%d").to_string())
    }
}

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for Day {
    /// As strict as [`Day::parse`]; chrono alone would also take `2025-4-1`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Self(date)
    }
}

impl From<Day> for NaiveDate {
    fn from(day: Day) -> Self {
        day.0
    }
}

/// A fiscal year (年度): 1 April to 31 March, named after the year it begins in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FiscalYear(pub i32);

impl FiscalYear {
    /// The fiscal year a day lies in.
    pub fn of(day: Day) -> Self {
        if day.month() >= 4 { Self(day.year()) } else { Self(day.year() - 1) }
    }

    /// Its 1 April.
    pub fn first(self) -> Day {
        Day::new(self.0, 4, 1).unwrap_or(Day(NaiveDate::MAX))
    }

    /// Its 31 March.
    pub fn last(self) -> Day {
        Day::new(self.0.saturating_add(1), 3, 31).unwrap_or(Day(NaiveDate::MAX))
    }

    /// The fiscal year after.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The fiscal year before.
    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// From its first to its last day.
    pub fn period(self) -> Period {
        Period { from: self.first(), until: self.last() }
    }
}

impl fmt::Display for FiscalYear {
    /// `2026年度`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}年度", self.0))
    }
}

/// Days from one to another, both included. One whose end lies before its beginning contains
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub until: Day,
}

impl Period {
    /// Whether the day lies in it; both ends do.
    pub fn contains(self, day: Day) -> bool {
        self.from <= day && day <= self.until
    }

    /// Whether the two have a day in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.from.max(other.from) <= self.until.min(other.until)
    }
}

impl fmt::Display for Period {
    /// `2022-04-01〜2027-03-31`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}〜{}", self.from, self.until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("an ISO day")
    }

    #[test]
    fn only_iso_days_are_read_strictly() {
        assert_eq!(day("2025-04-01").to_string(), "2025-04-01");
        for text in ["2025-4-1", "2025/04/01", "2025-02-29", " 2025-04-01", "+025-04-01", ""] {
            assert_eq!(Day::parse(text), Err(NotADay(text.into())), "{text}");
        }
    }

    #[test]
    fn days_are_shown_with_their_era() {
        for (iso, japanese, era) in [
            ("2027-03-31", "2027年3月31日（令和9年）", "令和9年3月31日"),
            ("2019-05-01", "2019年5月1日（令和元年）", "令和元年5月1日"),
            ("2019-04-30", "2019年4月30日（平成31年）", "平成31年4月30日"),
            ("1989-01-07", "1989年1月7日（昭和64年）", "昭和64年1月7日"),
            ("1926-12-24", "1926年12月24日（大正15年）", "大正15年12月24日"),
            ("1912-07-29", "1912年7月29日（明治45年）", "明治45年7月29日"),
            ("1800-01-01", "1800年1月1日", "1800年1月1日"),
        ] {
            assert_eq!(day(iso).japanese(), japanese);
            assert_eq!(day(iso).era(), era);
        }
        assert_eq!(day("2026-11-22").weekday(), '日');
    }

    #[test]
    fn months_and_years_stop_at_the_end_of_the_month() {
        assert_eq!(day("2026-08-31").plus_months(6), day("2027-02-28"));
        assert_eq!(day("2027-08-31").plus_months(6), day("2028-02-29"));
        assert_eq!(day("2024-02-29").plus_years(5), day("2029-02-28"));
        assert_eq!(day("2024-02-29").plus_years(4), day("2028-02-29"));
        assert_eq!(day("2026-03-31").plus_months(-1), day("2026-02-28"));
        assert_eq!(day("2026-03-01").plus_days(-1), day("2026-02-28"));
        assert_eq!(day("2026-03-01").days_until(day("2026-02-28")), -1);
    }

    #[test]
    fn the_day_in_tokyo_begins_at_fifteen_hours_utc() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        assert_eq!(Day::of(at("2026-11-22T14:59:59Z")), day("2026-11-22"));
        assert_eq!(Day::of(at("2026-11-22T15:00:00Z")), day("2026-11-23"));
    }

    #[test]
    fn a_fiscal_year_begins_in_april() {
        assert_eq!(FiscalYear::of(day("2026-03-31")), FiscalYear(2025));
        assert_eq!(FiscalYear::of(day("2026-04-01")), FiscalYear(2026));
        assert_eq!(FiscalYear(2026).first(), day("2026-04-01"));
        assert_eq!(FiscalYear(2026).last(), day("2027-03-31"));
        assert_eq!(FiscalYear(2026).to_string(), "2026年度");
    }

    #[test]
    fn both_ends_belong_to_a_period() {
        let period = |from, until| Period { from: day(from), until: day(until) };
        let year = FiscalYear(2026).period();
        assert!(year.contains(day("2026-04-01")) && year.contains(day("2027-03-31")));
        assert!(!year.contains(day("2026-03-31")) && !year.contains(day("2027-04-01")));
        assert!(year.overlaps(period("2027-03-31", "2028-01-01")));
        assert!(!year.overlaps(period("2027-04-01", "2028-01-01")));
        assert!(!year.overlaps(period("2027-01-02", "2027-01-01")));
    }
}
