//! Searches for people that officers keep and share.

pub mod actions;
pub mod lists;
