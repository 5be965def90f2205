//! One person in two records: pairs that are found or judged, merging and taking it back.

pub mod actions;
pub mod jobs;
pub mod lists;
pub mod moves;

/// Days in which a merging can be taken back.
pub const UNDO_DAYS: i64 = 90;
