//! Physicians, as offices look them up.

pub mod export;
pub mod list;
pub mod pages;
mod tabs;
