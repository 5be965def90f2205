//! My page: what a physician has, what is missing, until when, and what to do about it.

pub mod lists;
pub mod standing;
