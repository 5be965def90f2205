//! Attendance: who was there, corrections, and what follows: credits and the holding report.

pub mod actions;
pub mod export;
pub mod lists;
pub mod print;
