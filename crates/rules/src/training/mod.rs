//! Trainings: what a draft must look like before it is submitted, and which way an old one goes.

pub mod checks;
mod lines;
mod takeover;

pub use checks::{
    CreditLine, Mode, Problem, SessionDraft, Severity, TrainingDraft, check, is_past, is_ready,
};
pub use takeover::{Case, case_of};
