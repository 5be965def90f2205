//! Applications of physicians: drafts, submission, and the progress that physician and offices see alike.

pub mod actions;
pub mod advance;
pub mod draft;
pub mod lists;
pub mod tracker;

use mamis_rules::base::Yen;

/// The registration fee of both certified schemes [seed].
pub const REGISTRATION_FEE: Yen = Yen(10_000);
