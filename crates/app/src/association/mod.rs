//! The tree of medical associations: the public directory, what each says of itself, and what became of it.

pub mod actions;
pub mod jobs;
pub mod lists;
pub mod succession;
