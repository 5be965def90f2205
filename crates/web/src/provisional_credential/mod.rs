//! 仮ログインID: the runs of cards that an office asks for, prints and posts.

pub mod pages;
