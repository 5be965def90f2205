//! Offers whose time is over.

use super::{actions, lists};
use crate::cx::Cx;
use crate::error::Result;
use crate::jobs::Report;

/// Ends the offers that nobody answered, each in a transaction of its own, and offers the seats to those who come next.
///
/// # Errors
/// A fault of the database; asked to stop, the process ends between two offers.
#[crate::boxed]
pub async fn expire_due(cx: &Cx) -> Result<Report> {
    let mut ended = 0;
    for id in lists::due(cx).await? {
        ended += u64::from(actions::expire(cx, id).await?);
        cx.app.stopping.check()?;
    }
    Ok(Report { done: ended, sentence: format!("{ended} offers ended") })
}
