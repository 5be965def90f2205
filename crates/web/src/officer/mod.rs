//! The officers of an office, for its administrators.

pub mod pages;
pub mod show;
pub mod why_not;
