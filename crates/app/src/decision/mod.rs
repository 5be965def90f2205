//! Decisions: one append-only row for each step of a workflow, and the sentence for whoever came second.

mod actions;
mod lists;

pub use actions::{Step, record};
pub use lists::{history, stale};

use chrono::{DateTime, FixedOffset, Utc};
use mamis_rules::base::{ApplicationId, Day, TrainingId};

/// What a decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// An application of a physician.
    Application(ApplicationId),
    /// A training.
    Training(TrainingId),
}

/// An instant as people in Japan read it: 2026年11月22日（令和8年）14:05.
pub fn at(instant: DateTime<Utc>) -> String {
    format!("{} {}", Day::of(instant).japanese(), clock_time(instant))
}

/// The time of day in Japan, e.g. 14:05.
pub fn clock_time(instant: DateTime<Utc>) -> String {
    let japan = FixedOffset::east_opt(9 * 3600).expect("nine hours is a valid offset");
    instant.with_timezone(&japan).format("%H:%M").to_string()
}
