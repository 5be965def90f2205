//! My page, the credits and the registration of a physician.

pub mod credits;
pub mod headline;
pub mod pages;
pub mod registration;
