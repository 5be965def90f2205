//! The report when an officer leaves an office: what is open, and who goes on with it.

pub mod actions;
pub mod lists;
pub mod print;
