//! Trainings: drafting, approval, recruitment, search.

pub mod actions;
pub mod draft;
mod effects;
pub(crate) mod letters;
pub mod lists;
mod programme;
pub mod search;
pub mod standing;
pub mod tracker;

pub use draft::Draft;
pub use standing::Standing;
