//! The one place that asks the machine for the time.

use chrono::{DateTime, Duration, Utc};
use mamis_rules::base::Day;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Where `now` comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's time moved by a fixed span: zero, or what `--today` asks for.
    Shifted(Duration),
    /// Stands still until a test moves it; milliseconds since 1970.
    Stopped(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's time.
    pub fn real() -> Self {
        Self::Shifted(Duration::zero())
    }

    /// The machine's time of day on another civil day, for showing deadlines.
    pub fn on(day: Day) -> Self {
        let today = Day::of(wall());
        Self::Shifted(Duration::days(today.days_until(day)))
    }

    /// Stands at an instant.
    pub fn stopped(at: DateTime<Utc>) -> Self {
        Self::Stopped(Arc::new(AtomicI64::new(at.timestamp_millis())))
    }

    /// Moves a stopped clock; a running one ignores it.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Self::Stopped(millis) = self {
            millis.store(at.timestamp_millis(), Ordering::SeqCst);
        }
    }

    /// Business time: what deadlines, decisions and documents go by.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::Shifted(span) => wall() + *span,
            Self::Stopped(millis) => {
                DateTime::from_timestamp_millis(millis.load(Ordering::SeqCst)).unwrap_or_default()
            }
        }
    }

    /// Time of the world outside, for one-time codes: a phone does not know about `--today`.
    pub fn wall(&self) -> DateTime<Utc> {
        match self {
            Self::Shifted(_) => wall(),
            Self::Stopped(_) => self.now(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
fn wall() -> DateTime<Utc> {
    Utc::now()
}
