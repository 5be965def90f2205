//! What officers may do at which office, from a day to a day.

pub mod actions;
pub mod lists;
