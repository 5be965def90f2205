//! Accounts: login, second factor, sessions, terms of use, e-mail verification, password reset.

pub mod actions;
pub mod lists;

/// Version of the terms of use in force; a new one asks everybody again at the next page.
pub const TERMS_VERSION: &str = "2026-04";
