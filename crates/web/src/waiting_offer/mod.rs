//! Offered seats: the page behind a link, and the host's waiting list.

pub mod host;
pub mod pages;
