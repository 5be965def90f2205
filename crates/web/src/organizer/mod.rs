//! External organizers: the public form, the proof of the address, and the prefectural association's decision.

pub mod forms;
pub mod pages;
