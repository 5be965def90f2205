//! Certifications that physicians hold: given by the national tier, never rewritten.

pub mod actions;
pub mod export;
pub mod jobs;
pub mod lists;
