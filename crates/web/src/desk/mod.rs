//! The start page of an office, and its list of applications.

pub mod list;
pub mod pages;
pub(crate) mod paging;
