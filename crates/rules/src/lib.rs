//! The rules of MAMIS, and nothing else: no database, no HTTP, no clock, no chance.
//!
//! Every function takes facts and returns a decision. Four questions have one place each:
//! who may ([`access`]), what happens next ([`flow`]), what is a credit worth ([`credit`]),
//! and what do the words mean ([`base`], [`association`], [`training`], [`certification`]).

pub mod access;
pub mod association;
pub mod attendance;
pub mod base;
pub mod batch;
pub mod bulk_change;
pub mod certification;
pub mod credit;
pub mod document;
pub mod duty;
pub mod flow;
pub mod membership;
pub mod named;
pub mod notice;
pub mod physician;
pub mod signup;
pub mod training;
pub mod waiting_list;
