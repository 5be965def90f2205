//! Bulk changes of an office: a file is checked, looked at, carried out, and taken back.

pub mod forms;
pub mod pages;
