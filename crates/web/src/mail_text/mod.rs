//! The texts of mails, for the national office.

pub mod pages;
