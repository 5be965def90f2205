//! Attendance certificates of everybody at a training, for its host.

pub mod pages;
