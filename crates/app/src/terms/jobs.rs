//! Letters about new terms of use.

use super::{actions, lists};
use crate::cx::Cx;
use crate::error::Result;
use crate::jobs::Report;

/// Tells the next portion of accounts of the version that was published first and is not told to everybody yet. While
/// letters of the portion before wait to be sent, nothing is written: other mails never wait behind more than one.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn tell(cx: &Cx) -> Result<Report> {
    let row = match lists::to_tell(cx).await? {
        Some(row) if !lists::letters_wait(cx).await? => row,
        _ => return Ok(Report { done: 0, sentence: String::new() }),
    };
    let told = actions::tell_portion(cx, &row).await?;
    Ok(Report { done: told, sentence: format!("{told} letters about the terms {}", row.version) })
}
