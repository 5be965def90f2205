//! My page: what a physician has, what is missing, until when, and what to do about it; and the own registration.

pub mod actions;
pub mod lists;
pub mod print;
pub mod standing;

/// The version of the text about joint use that is shown: a new text asks everybody anew.
pub const JOINT_USE_VERSION: &str = "2026-04-01";
