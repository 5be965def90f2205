//! Bulk changes: a file of changes of an office's members, checked line by line, carried out by a job, and taken back
//! as a whole while that is possible. Each line becomes a procedure of membership, as if it had been filed by hand.

pub mod actions;
pub mod export;
pub mod jobs;
pub mod lists;
mod trial;
