//! Pages of notices to people: the list, writing one, what became of its letters.

pub mod edit;
pub mod pages;
pub mod post;
