//! x

pub(crate) mod certificate;
pub(crate) mod notice_letter;
