//! Issued documents: the office's list, the files, duplicates; what physicians make for themselves.

pub mod own;
pub mod pages;
