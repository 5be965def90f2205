//! People who are registered twice: the list of pairs, both side by side, and what was merged.

pub mod compare;
pub mod pages;
