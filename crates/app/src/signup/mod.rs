//! Signups: seats claimed atomically, waited for, given back, and shown as tickets.

pub mod actions;
pub(crate) mod letters;
pub mod lists;
pub mod ticket;

pub use actions::Line;
