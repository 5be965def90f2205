//! Applications of physicians: drafts, submission, progress.

pub mod forms;
mod log;
pub mod pages;

pub(crate) use log::{LogEntry, Reader, log};

use mamis_rules::flow::Desk;
use mamis_rules::flow::certification::{State, desk};

/// The kind of a badge for a state.
pub fn badge(state: State) -> &'static str {
    match (state, desk(state)) {
        (State::Draft | State::Withdrawn, _) => "neutral",
        (State::Approved, _) => "success",
        (State::Rejected, _) => "error",
        (_, Desk::Applicant) => "warning",
        _ => "info",
    }
}
