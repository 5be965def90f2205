//! What people do, in a real browser, against the demo's world.

mod account;
mod association;
mod axe;
mod keyboard;
mod main_job;
mod no_script;
mod office;
mod passkey;
mod people;
mod procedures;
mod story;
mod waiting;
