//! Invitations of officers.

pub mod pages;
