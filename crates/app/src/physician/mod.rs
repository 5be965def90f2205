//! Physicians as offices look them up.

pub mod actions;
pub mod lists;
