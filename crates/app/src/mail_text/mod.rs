//! The texts of mails in versions: what the national office wrote instead of the built-in ones.

pub mod actions;
pub mod lists;
