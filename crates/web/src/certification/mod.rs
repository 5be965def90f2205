//! The ledger of certifications: its list, one number, and the loss of a title.

pub mod ending;
pub mod pages;
