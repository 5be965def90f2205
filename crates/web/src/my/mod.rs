//! My page and the credits of a physician.

pub mod credits;
pub mod headline;
pub mod pages;
