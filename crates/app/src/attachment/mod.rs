//! Uploads: kept in the file store, described by a row, opened only by who may see their subject.

pub mod actions;
pub mod lists;
