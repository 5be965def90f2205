//! What people do, in a real browser, against the demo's world.

mod account;
mod axe;
mod keyboard;
mod main_job;
mod no_script;
mod passkey;
mod procedures;
