//! Periods of membership: who belonged where, and what a decision adds.

pub mod actions;
pub mod export;
pub mod lists;
