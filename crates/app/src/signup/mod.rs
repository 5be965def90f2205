//! Signups: seats claimed atomically, given back, and shown as tickets.

pub mod actions;
mod counter;
mod letters;
mod line;
pub mod lists;
pub mod ticket;

pub use line::Line;
