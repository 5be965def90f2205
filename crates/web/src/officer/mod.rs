//! The officers of an office, for its administrators.

pub mod pages;
