//! Tests of actions and lists, on SQLite and on PostgreSQL: one program, one module for each noun.

mod account;
mod jobs;
mod mail;
mod scope;
mod seed;
mod smtp;
