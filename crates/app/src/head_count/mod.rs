//! How many members there are: counted every night, looked at by offices.

pub mod actions;
pub mod export;
pub mod lists;
