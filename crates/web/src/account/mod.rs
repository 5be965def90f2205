//! Login, second factor, terms of use, one's own account, mailed links.

mod local_path;
mod origin;
pub mod pages;

pub use local_path::{encoded, local_path};
pub use origin::Caller;
