//! Reception at the door: scans and numbers from devices that lose the line and send again.

pub mod actions;
pub mod lists;
