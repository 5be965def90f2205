//! Paper credits of a physician.

pub mod forms;
