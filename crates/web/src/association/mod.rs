//! Medical associations: the directory, what each says of itself, its settings and its name.

pub mod edit;
pub mod pages;
