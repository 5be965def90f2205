//! Makes the file of a document from its row.

use crate::App;
use crate::error::{Error, Result};
use mamis_documents::{
    AttendanceCertificate, Certificate, CreditStatement, DocumentError, JoiningNotice, NoticeLetter,
};
use mamis_rules::access::document::Kind;
use mamis_schema::document;
use std::sync::Arc;

/// The bytes of a document as PDF. Setting type takes a while, so it happens on a thread of its own.
///
/// # Errors
/// [`Error::Refused`] with the sentence for the office when a name has a character no font shows;
/// [`Error::Fault`] for a kind that is not made from its row.
#[crate::boxed]
pub async fn pdf(app: &Arc<App>, row: &document::Model) -> Result<Vec<u8>> {
    let (app, kind, data) = (app.clone(), row.kind.clone(), row.data.clone());
    tokio::task::spawn_blocking(move || set(&app, &kind, &data)).await.map_err(Error::fault)?
}

fn set(app: &App, kind: &str, data: &str) -> Result<Vec<u8>> {
    match kind.parse::<Kind>().map_err(Error::fault)? {
        Kind::Certificate => {
            let printed: Certificate = serde_json::from_str(data)?;
            app.printer.certificate(&printed).map_err(told)
        }
        Kind::AttendanceCertificate => {
            let printed: AttendanceCertificate = serde_json::from_str(data)?;
            app.printer.attendance_certificate(&printed).map_err(told)
        }
        Kind::CreditStatement => {
            let printed: CreditStatement = serde_json::from_str(data)?;
            app.printer.credit_statement(&printed).map_err(told)
        }
        Kind::NoticeLetter => {
            let printed: NoticeLetter = serde_json::from_str(data)?;
            app.printer.notice_letter(&printed).map_err(told)
        }
        Kind::JoiningNotice => {
            let printed: JoiningNotice = serde_json::from_str(data)?;
            app.printer.joining_notice(&printed).map_err(told)
        }
        other => Err(Error::fault(format!("{other} is not printed from its row"))),
    }
}

/// A character without a glyph is something the office can mend; the rest is ours.
pub(crate) fn told(error: DocumentError) -> Error {
    match error {
        DocumentError::MissingGlyph { .. } => Error::refused(error.to_string()),
        other => Error::fault(other),
    }
}
