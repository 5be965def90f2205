//! Opening documents, and the public question whether a certificate is good.

pub mod attendance_certificate;
pub mod attendance_run;
pub(crate) mod certificate;
pub mod credit_statement;
pub(crate) mod joining_notice;
pub(crate) mod notice_letter;

use super::lists::Verdict;
use super::{TEMPLATES, lists, print};
use crate::App;
use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::secret::sha256_hex;
use chrono::Duration;
use mamis_documents::Verification;
use mamis_rules::access;
use mamis_rules::access::document::Kind;
use mamis_rules::base::{DocumentId, PhysicianId};
use mamis_schema::{document, login_attempt};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// Letters of a verification code: 50 random bits, so that no code is found by trying.
const CODE: usize = 10;

/// Where a reader makes sure that a document with this code is genuine.
fn page(cx: &Cx, code: &str) -> Verification {
    let shown = format!("{}/verify", cx.app.settings.public_url);
    Verification::Page { address: format!("{shown}/{code}"), shown }
}

/// A document issued now that concerns nobody yet, with what is printed on it.
pub(crate) fn issued(
    cx: &Cx,
    kind: Kind,
    (number, issuer): (String, impl Into<Uuid>),
    printed: &impl Serialize,
) -> Result<document::Model> {
    Ok(document::Model {
        id: Uuid::now_v7(),
        kind: kind.name().to_owned(),
        number,
        physician: None,
        certification: None,
        issuer: issuer.into(),
        association: None,
        batch: None,
        training: None,
        verification_code: None,
        data: serde_json::to_string(printed)?,
        template_version: TEMPLATES.to_owned(),
        file_key: None,
        sha256: None,
        issued_on: cx.today().date(),
        issued_by: cx.who.account.map(Into::into),
        reissue_of: None,
        revoked_at: None,
        created_at: cx.now,
    })
}

/// A document with its bytes, if the actor may see it. Each opening leaves an entry.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] when a name has a character that no font shows.
#[crate::boxed]
pub async fn open(cx: &Cx, id: DocumentId) -> Result<(document::Model, Vec<u8>)> {
    let row = lists::find(cx, id).await?;
    let bytes = file(&cx.app, &row).await?;
    let mut tx = cx.begin().await?;
    // What an officer opens about a physician is shown to the physician.
    let is_look = row.physician.is_some() && !cx.actor.duties().is_empty();
    let action = if is_look { "document.look" } else { "document.download" };
    let mut entry =
        Entry::new(action, "document", row.id).with(json!({"kind": row.kind, "number": row.number}));
    if let Some(physician) = row.physician {
        entry = entry.about(PhysicianId::from(physician));
    }
    tx.audit(entry);
    tx.commit().await?;
    Ok((row, bytes))
}

/// The bytes: the kept file, else made now and kept.
pub(crate) async fn file(app: &Arc<App>, row: &document::Model) -> Result<Vec<u8>> {
    if let Some(key) = &row.file_key {
        match app.files.get(key).await {
            Ok(bytes) => return Ok(bytes.to_vec()),
            // A lost file is made again: the row holds all that is printed.
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    let bytes = print::pdf(app, row).await?;
    keep(app, row, &bytes).await?;
    Ok(bytes)
}

/// Keeps a file and notes where. A letter that grew meanwhile (`data` differs) is not noted: the next opening
/// makes it again.
async fn keep(app: &Arc<App>, row: &document::Model, bytes: &[u8]) -> Result<()> {
    let sha256 = sha256_hex(bytes);
    let key = format!("document/{}-{}", row.id, &sha256[..16]);
    app.files.put(&key, bytes.to_vec()).await?;
    document::Entity::update_many()
        .col_expr(document::Column::FileKey, Expr::value(key))
        .col_expr(document::Column::Sha256, Expr::value(sha256))
        .filter(document::Column::Id.eq(row.id))
        .filter(document::Column::Data.eq(row.data.as_str()))
        .exec(app.db.write())
        .await?;
    Ok(())
}

/// What the public page asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The code of the certificate, or the number printed on it.
    pub subject: Subject,
    /// Year of birth.
    pub year: i32,
    /// Month of birth.
    pub month: u32,
}

/// How the certificate is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// By the code in its QR.
    Code(String),
    /// By its number.
    Number(String),
}

/// Whether a certificate, an attendance certificate or a credit statement is good: that and nothing else. None when
/// number and month of birth do not belong together; it counts towards a limit, so that nobody finds people by trying.
///
/// # Errors
/// [`Error::TooMany`] after too many wrong questions from one address.
#[crate::boxed]
pub async fn verify(cx: &Cx, question: &Question, address: &str) -> Result<Vec<Verdict>> {
    access::document::may_verify(&cx.actor)?;
    let attempt = count_attempt(cx, address).await?;
    let found = lists::verdicts(cx, question).await?;
    if !found.is_empty() {
        login_attempt::Entity::delete_many()
            .filter(login_attempt::Column::Id.eq(attempt))
            .exec(cx.app.db.write())
            .await?;
    }
    Ok(found)
}

/// Writes the question down as wrong before it is answered, so that many at once are no way around the limit.
async fn count_attempt(cx: &Cx, address: &str) -> Result<Uuid> {
    let (subject, login) = (format!("verify:{address}"), &cx.app.settings.login);
    let row = login_attempt::Model { id: Uuid::now_v7(), subject: subject.clone(), at: cx.now };
    let id = row.id;
    login_attempt::ActiveModel::from(row).reset_all().insert(cx.app.db.write()).await?;
    let wrong = login_attempt::Entity::find()
        .filter(login_attempt::Column::Subject.eq(subject))
        .filter(login_attempt::Column::At.gt(cx.now - Duration::minutes(login.window_minutes)))
        .count(cx.app.db.write())
        .await?;
    if wrong > u64::try_from(login.failures_per_address).unwrap_or(0) {
        return Err(Error::TooMany { minutes: login.window_minutes });
    }
    Ok(id)
}
