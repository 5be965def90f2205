//! Chance that repeats itself: the same seed gives the same world on every machine.

use chrono::{DateTime, TimeDelta, Utc};
use mamis_rules::base::Day;
use uuid::Uuid;

/// SplitMix64. Our own, because the generators of `rand` may change between versions, and a demo
/// world that changes with an update breaks screenshots and manuals.
#[derive(Clone, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    /// A generator that depends on the seed alone.
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(super) const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number in `0..end`; zero when `end` is zero.
    pub(super) const fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.bits() % end as u64) as usize }
    }

    /// A number in `from..=until`.
    pub(super) const fn between(&mut self, from: i64, until: i64) -> i64 {
        from + (self.bits() % (until - from + 1) as u64) as i64
    }

    /// Whether something with this many chances in a hundred happens.
    pub(super) const fn percent(&mut self, chances: u64) -> bool {
        self.bits() % 100 < chances
    }

    /// One of the items, which must not be empty.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// The index of one of the weights, the heavier the more often.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let mut left = self.bits() % total.max(1);
        for (at, weight) in weights.iter().enumerate() {
            if left < u64::from(*weight) {
                return at;
            }
            left -= u64::from(*weight);
        }
        0
    }
}

/// Makes ids in the shape of UUIDv7, in order, from a counter instead of the clock.
#[derive(Clone, Debug)]
pub(super) struct Ids {
    millis: u64,
    count: u64,
    chance: Chance,
}

impl Ids {
    /// Ids that seem to be made from the first instant of that day on: everything the application
    /// makes later sorts behind them.
    pub(super) fn from_day(day: Day) -> Self {
        let millis = u64::try_from(at(day, 0, 0).timestamp_millis()).unwrap_or_default();
        Self { millis, count: 0, chance: Chance::new(0x4D41_4D49_5332_3032) }
    }

    /// The next id.
    pub(super) const fn next(&mut self) -> Uuid {
        // 4,096 ids a millisecond, in the twelve bits behind the time, as RFC 9562 allows.
        let high = ((self.millis + self.count / 4096) << 16) | 0x7000 | (self.count % 4096);
        self.count += 1;
        let low = (self.chance.bits() >> 2) | 0x8000_0000_0000_0000;
        Uuid::from_u64_pair(high, low)
    }
}

/// The instant of a time of day in Japan.
pub(super) fn at(day: Day, hour: u32, minute: u32) -> DateTime<Utc> {
    let midnight = day.date().and_hms_opt(0, 0, 0).expect("every day has a midnight").and_utc();
    midnight + TimeDelta::minutes(i64::from(hour * 60 + minute) - 9 * 60)
}

/// The day itself, or the next Monday when it falls on a weekend.
pub(super) fn workday(day: Day) -> Day {
    match day.weekday() {
        '土' => day.plus_days(2),
        '日' => day.plus_days(1),
        _ => day,
    }
}

/// The day itself, or the Friday before when it falls on a weekend.
pub(super) fn workday_before(day: Day) -> Day {
    match day.weekday() {
        '土' => day.plus_days(-1),
        '日' => day.plus_days(-2),
        _ => day,
    }
}

/// The first Saturday from that day on: trainings are held when practices are closed.
pub(super) fn saturday(day: Day) -> Day {
    (0..7).map(|days| day.plus_days(days)).find(|day| day.weekday() == '土').unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_seven_in_order_and_the_same_again() {
        let day = Day::new(2026, 11, 22).expect("a day");
        let (mut first, mut again) = (Ids::from_day(day), Ids::from_day(day));
        let ids: Vec<Uuid> = (0..10_000).map(|_| first.next()).collect();
        assert!(ids.is_sorted() && ids.iter().all(|id| id.get_version_num() == 7));
        assert!(ids.iter().all(|id| *id == again.next()));
    }

    #[test]
    fn times_of_day_are_those_of_japan() {
        let day = Day::new(2026, 11, 22).expect("a day");
        assert_eq!(at(day, 8, 30).to_rfc3339(), "2026-11-21T23:30:00+00:00");
        assert_eq!(Day::of(at(day, 8, 30)), day);
        assert_eq!(workday(day).to_string(), "2026-11-23");
        assert_eq!(workday_before(day).to_string(), "2026-11-20");
        assert_eq!(saturday(day).to_string(), "2026-11-28");
    }
}
