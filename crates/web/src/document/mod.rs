//! Issued documents: the office's list, the files, duplicates.

pub mod pages;
