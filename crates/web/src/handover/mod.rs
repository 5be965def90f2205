//! Reports when an officer leaves an office.

pub mod pages;
