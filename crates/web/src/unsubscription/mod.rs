//! The page behind the link that ends the notices of an office.

pub mod pages;
