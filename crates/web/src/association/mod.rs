//! Medical associations: the directory, what each says of itself, its settings and its name.

pub mod category;
pub mod edit;
pub mod imports;
pub mod pages;
pub mod tree;
