//! Prints every document and reads it back.

mod documents;
mod samples;
mod workbooks;
