//! Pages about trainings: search and signup for physicians, drafting and decisions for offices.

pub mod decide;
pub mod edit;
pub mod form;
mod lines;
pub mod list;
pub mod show;
mod view;

pub(crate) use view::{day_time, instant};
