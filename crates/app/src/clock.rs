//! The one place that asks the machine for the time.

use chrono::{DateTime, Duration, Utc};
use mamis_rules::base::Day;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Where `now` comes from. Copies of a clock share their setting.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's time, always.
    Real,
    /// The machine's time moved by milliseconds: what `--today` and the demo's clock ask for.
    Shifted(Arc<AtomicI64>),
    /// Stands still until a test moves it; milliseconds since 1970.
    Stopped(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's time of day on another civil day, for showing deadlines.
    pub fn on(day: Day) -> Self {
        let span = Duration::days(Day::of(wall()).days_until(day));
        Self::Shifted(Arc::new(AtomicI64::new(span.num_milliseconds())))
    }

    /// The machine's time, but one that [`Clock::set`] can move: the demo's.
    pub fn movable() -> Self {
        Self::Shifted(Arc::new(AtomicI64::new(0)))
    }

    /// Stands at an instant.
    pub fn stopped(at: DateTime<Utc>) -> Self {
        Self::Stopped(Arc::new(AtomicI64::new(at.timestamp_millis())))
    }

    /// Moves the clock to an instant; the machine's own time cannot be moved.
    pub fn set(&self, at: DateTime<Utc>) {
        match self {
            Self::Real => {}
            Self::Shifted(span) => span.store((at - wall()).num_milliseconds(), Ordering::SeqCst),
            Self::Stopped(millis) => millis.store(at.timestamp_millis(), Ordering::SeqCst),
        }
    }

    /// Business time: what deadlines, decisions and documents go by.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::Real => wall(),
            Self::Shifted(span) => wall() + Duration::milliseconds(span.load(Ordering::SeqCst)),
            Self::Stopped(millis) => {
                DateTime::from_timestamp_millis(millis.load(Ordering::SeqCst)).unwrap_or_default()
            }
        }
    }

    /// Time of the world outside, for sessions, links and one-time codes: a phone does not know about
    /// `--today`, and moving the demo's clock logs nobody out.
    pub fn wall(&self) -> DateTime<Utc> {
        match self {
            Self::Real | Self::Shifted(_) => wall(),
            Self::Stopped(_) => self.now(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
fn wall() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_clock_goes_on_from_there() {
        let clock = Clock::movable();
        let target = clock.wall() + Duration::days(40);
        clock.clone().set(target);
        assert!(clock.now() > target - Duration::seconds(1), "copies share their setting");
        assert!(clock.now() - clock.wall() > Duration::days(39), "the world outside stays where it is");
    }

    #[test]
    fn another_day_keeps_the_time_of_day() {
        let day = Day::new(2027, 3, 1).expect("a day");
        assert_eq!(Day::of(Clock::on(day).now()), day);
    }
}
