//! The ledger of members: who belonged where on a day.

pub mod pages;
