//! One screen for one examination: evidence left, decision right.

pub mod forms;
pub mod pages;
mod view;
