//! Tests of pages through the router, on SQLite and on PostgreSQL: one program, one module for each noun.

mod application;
mod browser;
mod my;
mod start;
