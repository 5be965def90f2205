//! The post list: letters to physicians whom no mail reaches, printed and posted by the office that knows them.

pub mod actions;
pub mod lists;
pub(crate) mod print;
