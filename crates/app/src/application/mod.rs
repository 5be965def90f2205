//! Applications of physicians: drafts, submission, and the progress that physician and offices see alike.

pub mod advance;
