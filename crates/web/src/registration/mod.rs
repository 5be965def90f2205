//! 利用者登録: the form of a new person, the proof of somebody in the register, the mailed link, and the office that
//! compares the licence.

pub mod check;
mod form;
pub mod pages;
