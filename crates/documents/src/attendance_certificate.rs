//! 受講証明書: what a physician downloads after a training.

use mamis_rules::base::{Credits, Day};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::printer::Page;
use crate::{DocumentError, Printer, Seal, Signatory, Verification};

/// An attendance certificate: A4 portrait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttendanceCertificate {
    /// The certificate's number.
    pub number: String,
    /// The name exactly as registered.
    pub name: String,
    /// The registry number; printed when given.
    pub registry_number: Option<String>,
    /// The training's title.
    pub training: String,
    /// Who held it, co-hosts included.
    pub hosts: String,
    /// The days it was held, in order.
    pub days: Vec<Day>,
    /// Where: the hall, or Web開催.
    pub venue: String,
    /// The sessions attended.
    pub sessions: Vec<AttendedSession>,
    /// The day of issue.
    pub issued: Day,
    /// Who signs.
    pub signatory: Signatory,
    /// Whether room is left for a stamped seal.
    pub seal: Seal,
    /// How a reader makes sure that it is genuine.
    pub verification: Verification,
}

/// One session and what it was worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttendedSession {
    /// When, as printed: 13:00～14:00.
    pub time: String,
    /// The title.
    pub title: String,
    /// The lecturer.
    pub lecturer: String,
    /// The scheme: 認定産業医. Empty where the session gives no credit.
    pub scheme: String,
    /// The category or curriculum code: 専門, CC 12.
    pub category: String,
    /// The credits.
    pub credits: Credits,
}

/// Certificates that were set together, and those that could not be.
#[derive(Clone, Debug, Default)]
pub struct SetTogether {
    /// All that could be set, in their order; empty when none could.
    pub pdf: Vec<u8>,
    /// Which could not (from 0), and why, in a sentence for the office.
    pub left_out: Vec<(usize, String)>,
}

impl Printer {
    /// The certificate of attendance.
    ///
    /// # Errors
    /// [`DocumentError::MissingGlyph`], [`DocumentError::AddressTooLong`].
    pub fn attendance_certificate(
        &self,
        certificate: &AttendanceCertificate,
    ) -> Result<Vec<u8>, DocumentError> {
        self.set_certificates(&[certificate])
    }

    /// Certificates of one training in one PDF, each on a page of its own. One whose characters no font shows is left
    /// out and named, so that it holds up no other. Some hundred at a time: all pages are in memory at once.
    ///
    /// # Errors
    /// [`DocumentError::AddressTooLong`], or a fault of the template.
    pub fn attendance_certificates(
        &self,
        certificates: &[AttendanceCertificate],
    ) -> Result<SetTogether, DocumentError> {
        let mut left_out: Vec<(usize, String)> = Vec::new();
        loop {
            let is_in = |at: &usize| left_out.iter().all(|(out, _)| out != at);
            let places: Vec<usize> = (0..certificates.len()).filter(is_in).collect();
            if places.is_empty() {
                return Ok(SetTogether { pdf: Vec::new(), left_out });
            }
            let together: Vec<&AttendanceCertificate> = places.iter().map(|at| &certificates[*at]).collect();
            let error = match self.set_certificates(&together) {
                Ok(pdf) => {
                    left_out.sort_unstable();
                    return Ok(SetTogether { pdf, left_out });
                }
                Err(error) => error,
            };
            let DocumentError::MissingGlyph { character, .. } = &error else { return Err(error) };
            let has_it = |at: &usize| page(&certificates[*at]).is_ok_and(|page| says(&page, character));
            let found: Vec<usize> = places.into_iter().filter(has_it).collect();
            if found.is_empty() {
                return Err(error);
            }
            left_out.extend(found.into_iter().map(|at| (at, error.to_string())));
        }
    }

    fn set_certificates(&self, certificates: &[&AttendanceCertificate]) -> Result<Vec<u8>, DocumentError> {
        let first = certificates.first().expect("both callers give at least one");
        self.print(Page {
            template: "attendance-certificate.typ",
            title: format!("受講証明書 {}", first.training),
            day: first.issued,
            data: json!({
                "certificates": certificates.iter().map(|one| page(one)).collect::<Result<Vec<_>, _>>()?,
            }),
        })
    }
}

/// Whether a text of the data has this character.
fn says(data: &Value, character: &str) -> bool {
    match data {
        Value::String(text) => text.contains(character),
        Value::Array(items) => items.iter().any(|item| says(item, character)),
        Value::Object(fields) => fields.values().any(|field| says(field, character)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What the template is given of one certificate.
fn page(certificate: &AttendanceCertificate) -> Result<Value, DocumentError> {
    let session = |session: &AttendedSession| {
        json!({
            "time": session.time,
            "title": session.title,
            "lecturer": session.lecturer,
            "scheme": session.scheme,
            "category": session.category,
            "credits": session.credits.to_string(),
        })
    };
    Ok(json!({
        "number": certificate.number,
        "name": certificate.name,
        "registry_number": certificate.registry_number,
        "training": certificate.training,
        "hosts": certificate.hosts,
        "days": certificate.days.iter().map(|day| day.era()).collect::<Vec<_>>(),
        "venue": certificate.venue,
        "sessions": certificate.sessions.iter().map(session).collect::<Vec<_>>(),
        "totals": scheme_totals(&certificate.sessions),
        "issued": certificate.issued.era(),
        "signatory": certificate.signatory,
        "seal": certificate.seal,
        "verification": certificate.verification.mark()?,
    }))
}

/// Credits by scheme: one attendance may count for several, and they are never added together.
fn scheme_totals(sessions: &[AttendedSession]) -> Vec<(&str, String)> {
    let mut totals: Vec<(&str, Credits)> = Vec::new();
    for session in sessions.iter().filter(|session| !session.scheme.is_empty()) {
        match totals.iter_mut().find(|(scheme, _)| *scheme == session.scheme) {
            Some((_, sum)) => *sum += session.credits,
            None => totals.push((&session.scheme, session.credits)),
        }
    }
    totals.into_iter().map(|(scheme, sum)| (scheme, sum.to_string())).collect()
}
