//! How many members there are, as tables and as a picture.

mod chart;
pub mod pages;
