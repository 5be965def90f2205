//! Invitations by mail: how somebody becomes an officer.

pub mod actions;
pub mod lists;
