//! Batches: the packet for the meeting, what it decided, and going up.

pub mod forms;
pub mod pages;
