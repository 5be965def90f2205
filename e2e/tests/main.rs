//! What people do, in a real browser, against the demo's world.

mod account;
mod axe;
mod keyboard;
mod no_script;
