//! The program as its user meets it: commands, exit codes, sentences, and what survives being killed.

mod batch;
mod client;
mod commands;
mod joining;
mod log;
mod mail;
mod notice;
mod outage;
mod place;
mod process;
mod signup;
mod stop;
