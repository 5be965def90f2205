//! Trainings: drafting, approval, recruitment, search.

pub mod actions;
pub mod draft;
pub mod lists;
pub mod tracker;

pub(crate) use actions::letters;
pub use draft::Draft;
pub use lists::standing::Standing;
pub use lists::{overview, search, standing};
