//! The terms of use.

use super::super::lists::{Current, Terms};
use crate::cx::Cx;
use crate::error::Result;
use crate::terms;
use uuid::Uuid;

/// Records that somebody accepts the terms in force; a second time changes nothing.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn agree(cx: &Cx, current: Option<&Current>) -> Result<()> {
    let current = super::logged_in(current)?;
    if current.terms == Terms::Accepted {
        return Ok(());
    }
    let mut tx = cx.begin().await?;
    if terms::actions::accept(cx, &mut tx, Uuid::from(current.account)).await? {
        tx.commit().await?;
    }
    Ok(())
}
