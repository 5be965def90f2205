//! Questions about the texts of mails.

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::mail::KINDS;
use crate::mail::text::{Text, built_in, known};
use mail_text::Column as T;
use mamis_rules::access::mail_text::may_edit;
use mamis_schema::mail_text;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Versions of a text shown: the newest ones.
pub const MOST: u64 = 50;

/// The newest version of a kind; none where nobody ever changed it.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn newest(db: &impl ConnectionTrait, kind: &str) -> Result<Option<mail_text::Model>> {
    Ok(mail_text::Entity::find().filter(T::Kind.eq(kind)).order_by_desc(T::Version).one(db).await?)
}

/// Whether the office's own text counts in this version.
pub fn is_own(row: &mail_text::Model) -> bool {
    !row.body.is_empty()
}

/// What a version says.
pub fn text_of(row: &mail_text::Model) -> Option<Text> {
    is_own(row).then(|| Text { subject: row.subject.clone(), body: row.body.clone() })
}

/// Every kind of letter with its newest version.
///
/// # Errors
/// [`Error::NotFound`] for whoever may not edit them.
#[crate::boxed]
pub async fn all(cx: &Cx) -> Result<Vec<(&'static str, Option<mail_text::Model>)>> {
    may_edit(&cx.actor).map_err(|_| Error::NotFound)?;
    let rows = mail_text::Entity::find()
        .filter(T::Kind.is_in(KINDS.iter().copied()))
        .order_by_desc(T::Version)
        .limit(10_000)
        .all(cx.db())
        .await?;
    let newest = |kind: &str| rows.iter().find(|row| row.kind == kind).cloned();
    Ok(KINDS.iter().map(|kind| (*kind, newest(kind))).collect())
}

/// A kind as the editor shows it.
#[derive(Clone, Debug)]
pub struct Edited {
    /// Which.
    pub kind: &'static str,
    /// The text in force.
    pub text: Text,
    /// Versions, the newest first.
    pub versions: Vec<mail_text::Model>,
}

impl Edited {
    /// The version in force; 0 where nobody ever changed it.
    pub fn version(&self) -> i32 {
        self.versions.first().map_or(0, |row| row.version)
    }
}

/// A kind with its text in force and the versions before.
///
/// # Errors
/// [`Error::NotFound`] for an unknown kind and for whoever may not edit it.
#[crate::boxed]
pub async fn find(cx: &Cx, kind: &str) -> Result<Edited> {
    may_edit(&cx.actor).map_err(|_| Error::NotFound)?;
    let kind = known(kind)?;
    let versions = mail_text::Entity::find()
        .filter(T::Kind.eq(kind))
        .order_by_desc(T::Version)
        .limit(MOST)
        .all(cx.db())
        .await?;
    let text = match versions.first().and_then(text_of) {
        Some(text) => text,
        None => built_in(kind)?,
    };
    Ok(Edited { kind, text, versions })
}
