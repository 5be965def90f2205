//! Physicians as offices look them up.

pub mod actions;
pub mod export;
pub mod lists;
