//! The product in a real browser: a demo server of its own, Chromium, and the words people read.
//!
//! A test says what somebody sees and does; nothing here knows the program's inside. Nothing sleeps: a step
//! waits for the words that show that the step before it is done.

mod axe;
mod browser;
mod http;
mod keyboard;
mod page;
mod picture;
mod site;

pub use browser::{Browser, Scripts};
pub use http::Answer;
pub use keyboard::Key;
pub use picture::{film, photo};
pub use site::{Account, Database, Site};
