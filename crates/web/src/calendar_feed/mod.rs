//! A physician's own trainings in a calendar.

pub mod pages;
