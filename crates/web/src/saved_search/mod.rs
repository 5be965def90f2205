//! Searches for people that officers keep and share; they are listed where people are looked for.

pub mod pages;
