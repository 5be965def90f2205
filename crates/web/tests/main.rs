//! Tests of pages through the router, on SQLite and on PostgreSQL: one program, one module for each noun.

mod account;
mod application;
mod association;
mod audit;
mod batch;
mod browser;
mod certification;
mod client;
mod cross_site;
mod desk;
mod doors;
mod duplicate;
mod head_count;
mod manual;
mod membership;
mod my;
mod my_registration;
mod office;
mod officer;
mod outage;
mod people;
mod start;
mod strangers;
mod training;
mod upload;
mod verify;
