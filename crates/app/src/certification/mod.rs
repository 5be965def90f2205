//! Certifications that physicians hold: given by the national tier, never rewritten.

pub mod actions;
pub(crate) mod issue;
pub mod jobs;
pub mod lists;
pub mod settings;
