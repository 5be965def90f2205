//! Pages about trainings: search and signup for physicians, drafting and decisions for offices.

mod calendar;
pub mod decide;
pub mod edit;
pub mod form;
mod lines;
pub mod list;
mod map;
pub mod show;
mod view;

pub(crate) use view::{day_time, held, instant, offered};
