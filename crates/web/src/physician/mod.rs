//! Physicians, as offices look them up.

pub mod pages;
