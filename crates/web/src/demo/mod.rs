//! The demo's own pages: whom to log in as, what to try, the mails sent. In real use they do not exist.

mod body;
mod clock;
mod pages;
mod tour;

pub use clock::move_on;
pub use pages::{accounts, mail, mails, show};
pub(crate) use pages::{code_of_offer, code_of_reader};
