//! Signups: seats claimed atomically, given back, and shown as tickets.

pub mod actions;
mod letters;
pub mod lists;
pub mod ticket;

pub use actions::Line;
