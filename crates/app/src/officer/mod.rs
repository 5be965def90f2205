//! The people who work at an office, as their administrators see them.

pub mod actions;
pub mod lists;
