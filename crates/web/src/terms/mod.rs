//! 利用規約の版: the national office publishes what everybody is asked to accept.

pub mod pages;
