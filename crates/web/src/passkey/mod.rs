//! Passkeys.

pub mod pages;
