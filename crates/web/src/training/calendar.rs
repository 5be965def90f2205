//! Trainings that recruit in the calendar of a month.

use super::list::Asked;
use crate::ctx::Ctx;
use crate::error::WebError;
use mamis_app::decision::clock_time;
use mamis_app::training::overview::{self, OfDay};
use mamis_rules::association::Prefecture;
use mamis_rules::base::Day;

/// A month ahead, as far as trainings are planned \[assumed\]; a link must not lead on for ever.
const MONTHS_AHEAD: i32 = 24;

/// A month with its trainings.
pub(super) struct Month {
    /// 2026年12月（令和8年）.
    pub(super) title: String,
    /// Sunday first, as Japanese calendars have it.
    pub(super) weeks: Vec<Vec<Cell>>,
    pub(super) total: u64,
    /// The months beside it, with their words; none where there is nothing to find.
    pub(super) before: Option<(String, String)>,
    pub(super) after: Option<(String, String)>,
}

/// A day, or the room before the first and after the last.
pub(super) struct Cell {
    /// Of the month; empty for room.
    pub(super) number: String,
    /// 月 … 日.
    pub(super) weekday: String,
    pub(super) is_today: bool,
    pub(super) trainings: Vec<Entry>,
    /// How many more there are, and where they are.
    pub(super) more: Option<(u64, String)>,
}

/// A training of a day.
pub(super) struct Entry {
    pub(super) href: String,
    pub(super) time: String,
    pub(super) title: String,
    pub(super) prefecture: &'static str,
}

impl Month {
    /// The month that is asked for: by name, else that of the first day of the form, else this one.
    pub(super) async fn of(ctx: &Ctx, asked: &Asked) -> Result<Self, WebError> {
        let this = first_of(ctx.today());
        let named = Day::parse(&format!("{}-01", asked.month)).or_else(|_| Day::parse_written(&asked.from));
        let first = first_of(named.unwrap_or(this)).clamp(this, this.plus_months(MONTHS_AHEAD));
        let found = overview::month(ctx, &asked.wanted(), first).await?;
        let beside = |months: i32| {
            let other = first.plus_months(months);
            let name = format!("{}-{:02}", other.year(), other.month());
            (asked.with(&[("month", &name), ("page", "")]), format!("{}年{}月", other.year(), other.month()))
        };
        Ok(Self {
            title: title(first),
            total: counted(&found),
            weeks: weeks(first, ctx.today(), &found, asked),
            before: (first > this).then(|| beside(-1)),
            after: (first < this.plus_months(MONTHS_AHEAD)).then(|| beside(1)),
        })
    }
}

fn first_of(day: Day) -> Day {
    day.plus_days(1 - i64::from(day.day()))
}

/// 2026年12月（令和8年）.
fn title(first: Day) -> String {
    let era = first.era();
    let era = era.split_once('年').map_or("", |(year, _)| year);
    format!("{}年{}月（{era}年）", first.year(), first.month())
}

/// All trainings of the month: each row knows how many its day has.
fn counted(found: &[OfDay]) -> u64 {
    let mut days: Vec<(Day, u64)> =
        found.iter().map(|row| (row.held_on.into(), row.of_day.unsigned_abs())).collect();
    days.dedup();
    days.iter().map(|(_, count)| count).sum()
}

fn weeks(first: Day, today: Day, found: &[OfDay], asked: &Asked) -> Vec<Vec<Cell>> {
    let days = first.days_until(first.plus_months(1));
    let sundays = "日月火水木金土".chars().position(|day| day == first.weekday()).unwrap_or_default();
    let mut cells: Vec<Cell> = (0..sundays).map(|_| Cell::room()).collect();
    cells.extend((0..days).map(|after| {
        let day = first.plus_days(after);
        let of_day: Vec<&OfDay> = found.iter().filter(|row| Day::from(row.held_on) == day).collect();
        Cell::of(day, day == today, &of_day, asked)
    }));
    let mut weeks = Vec::new();
    while !cells.is_empty() {
        let rest = cells.split_off(cells.len().min(7));
        cells.resize_with(7, Cell::room);
        weeks.push(std::mem::replace(&mut cells, rest));
    }
    weeks
}

impl Cell {
    fn room() -> Self {
        Self {
            number: String::new(),
            weekday: String::new(),
            is_today: false,
            trainings: Vec::new(),
            more: None,
        }
    }

    fn of(day: Day, is_today: bool, found: &[&OfDay], asked: &Asked) -> Self {
        let all = found.first().map_or(0, |row| row.of_day.unsigned_abs());
        let more = all - all.min(found.len() as u64);
        let text = day.to_string();
        let list = || asked.with(&[("view", ""), ("month", ""), ("from", &text), ("until", &text)]);
        Self {
            number: day.day().to_string(),
            weekday: day.weekday().to_string(),
            is_today,
            trainings: found.iter().map(|row| Entry::of(row)).collect(),
            more: (more > 0).then(|| (more, list())),
        }
    }
}

impl Entry {
    fn of(row: &OfDay) -> Self {
        Self {
            href: format!("/trainings/{}", row.id),
            time: clock_time(row.starts_at),
            title: row.title.clone(),
            prefecture: Prefecture::stored(row.prefecture).map_or("", Prefecture::short_name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    fn row(on: &str, of_day: i64) -> OfDay {
        OfDay {
            id: Uuid::nil(),
            title: "研修会".to_owned(),
            held_on: day(on).date(),
            starts_at: day(on).begins_at(),
            prefecture: 14,
            of_day,
        }
    }

    #[test]
    fn a_month_has_its_days_under_their_weekdays() {
        // 2026-12-01 is a Tuesday; 2026-11-01 a Sunday; February of 2027 has 28 days, from a Monday.
        for (first, room, days, rows) in
            [("2026-12-01", 2, 31, 5), ("2026-11-01", 0, 30, 5), ("2027-02-01", 1, 28, 5)]
        {
            let weeks = weeks(day(first), day("2026-11-22"), &[], &Asked::default());
            assert_eq!(weeks.len(), rows, "{first}");
            assert!(weeks.iter().all(|week| week.len() == 7));
            let cells: Vec<&Cell> = weeks.iter().flatten().collect();
            assert_eq!(cells.iter().take_while(|cell| cell.number.is_empty()).count(), room, "{first}");
            assert_eq!(cells.iter().filter(|cell| !cell.number.is_empty()).count(), days, "{first}");
            for (at, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.number.is_empty()) {
                assert_eq!(
                    cell.weekday,
                    "日月火水木金土".chars().nth(at % 7).expect("a weekday").to_string()
                );
            }
        }
        assert_eq!(title(day("2026-12-01")), "2026年12月（令和8年）");
    }

    #[test]
    fn a_full_day_leads_to_its_list() {
        let found = [row("2026-12-05", 5), row("2026-12-05", 5), row("2026-12-05", 5), row("2026-12-06", 1)];
        assert_eq!(counted(&found), 6);
        let asked = Asked { view: "calendar".to_owned(), month: "2026-12".to_owned(), ..Asked::default() };
        let weeks = weeks(day("2026-12-01"), day("2026-12-05"), &found, &asked);
        let cells: Vec<&Cell> = weeks.iter().flatten().collect();
        let of = |number: &str| cells.iter().find(|cell| cell.number == number).expect("a day");
        assert!(of("5").is_today && of("5").trainings.len() == 3);
        let (more, href) = of("5").more.as_ref().expect("more");
        assert_eq!((*more, href.as_str()), (2, "/trainings?from=2026-12-05&until=2026-12-05"));
        assert!(of("6").more.is_none() && of("7").trainings.is_empty());
    }
}
