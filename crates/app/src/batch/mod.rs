//! Batches: examined applications that a meeting decides together and that go up in one act.

pub mod actions;
pub mod lists;
pub mod packet;

pub use mamis_rules::batch::{Body, ItemResult, State};
