//! The post list of an office.

pub mod pages;
