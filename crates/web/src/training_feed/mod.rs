//! The trainings that recruit, for an association's own site.

pub mod pages;
