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
    /// The scheme: 認定産業医.
    pub scheme: String,
    /// The category or curriculum code: 専門, CC 12.
    pub category: String,
    /// The credits.
    pub credits: Credits,
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
        let sessions: Vec<Value> = certificate
            .sessions
            .iter()
            .map(|session| {
                json!({
                    "time": session.time,
                    "title": session.title,
                    "lecturer": session.lecturer,
                    "scheme": session.scheme,
                    "category": session.category,
                    "credits": session.credits.to_string(),
                })
            })
            .collect();
        self.print(Page {
            template: "attendance-certificate.typ",
            title: format!("受講証明書 {}", certificate.training),
            day: certificate.issued,
            data: json!({
                "number": certificate.number,
                "name": certificate.name,
                "registry_number": certificate.registry_number,
                "training": certificate.training,
                "hosts": certificate.hosts,
                "days": certificate.days.iter().map(|day| day.era()).collect::<Vec<_>>(),
                "venue": certificate.venue,
                "sessions": sessions,
                "totals": scheme_totals(&certificate.sessions),
                "issued": certificate.issued.era(),
                "signatory": certificate.signatory,
                "seal": certificate.seal,
                "verification": certificate.verification.mark()?,
            }),
        })
    }
}

/// Credits by scheme: one attendance may count for several, and they are never added together.
fn scheme_totals(sessions: &[AttendedSession]) -> Vec<(&str, String)> {
    let mut totals: Vec<(&str, Credits)> = Vec::new();
    for session in sessions {
        match totals.iter_mut().find(|(scheme, _)| *scheme == session.scheme) {
            Some((_, sum)) => *sum += session.credits,
            None => totals.push((&session.scheme, session.credits)),
        }
    }
    totals.into_iter().map(|(scheme, sum)| (scheme, sum.to_string())).collect()
}
