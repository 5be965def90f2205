//! Issued documents: certificates, letters, packets. The row holds what is printed; the file is made from it.

pub mod actions;
pub mod jobs;
pub mod lists;
pub mod print;

pub use mamis_documents::RARE_KANJI;

/// Which templates made the files; part of the row, so that a reprint can tell.
pub const TEMPLATES: &str = "1";
