//! Tests of actions and lists, on SQLite and on PostgreSQL: one program, one module for each noun.

mod account;
mod application;
mod audit;
mod batch;
mod certification;
mod duty;
mod examination;
mod invitation;
mod jobs;
mod mail;
mod my;
mod office;
mod officer;
mod on_behalf;
mod paper_credit;
mod people;
mod people_search;
mod post_letter;
mod reception;
mod recovery_code;
mod scope;
mod search;
mod seed;
mod signup;
mod smtp;
mod training;
