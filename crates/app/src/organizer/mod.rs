//! External organizers: they ask to be registered, and the prefectural association of their seat decides.

pub mod actions;
pub mod lists;
