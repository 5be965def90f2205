//! 開催報告書: the host reports a training that was held.

use mamis_rules::base::{Credits, Day};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::printer::Page;
use crate::{DocumentError, Printer, Seal, Signatory};

/// A holding report: A4 portrait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldingReport {
    /// The document number; empty when the association uses none.
    pub document_number: String,
    /// The day of the report.
    pub date: Day,
    /// The body addressed.
    pub addressee: String,
    /// The office addressed: 会長.
    pub addressee_title: String,
    /// Who signs.
    pub signatory: Signatory,
    /// Whether room is left for a stamped seal.
    pub seal: Seal,
    /// The training's title.
    pub training: String,
    /// The kind of training: 日医認定産業医制度 基礎研修会.
    pub kind: String,
    /// The number under which it was approved.
    pub approval_number: String,
    /// Who held it, co-hosts included.
    pub hosts: String,
    /// The days it was held, in order.
    pub days: Vec<Day>,
    /// Where it was held.
    pub venue: String,
    /// How many came.
    pub attendees: Attendees,
    /// The sessions held.
    pub sessions: Vec<ReportedSession>,
    /// The credits given, by scheme and category.
    pub credits: Vec<CreditsGiven>,
    /// Anything else; empty when there is nothing.
    pub notes: String,
}

/// How many came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendees {
    /// The seats.
    pub capacity: u32,
    /// Who had signed up.
    pub signed_up: u32,
    /// Members who came.
    pub members: u32,
    /// Non-members who came.
    pub non_members: u32,
}

/// One session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedSession {
    /// When, as printed: 13:00～14:00.
    pub time: String,
    /// The title.
    pub title: String,
    /// The lecturer with affiliation.
    pub lecturer: String,
    /// The credit category.
    pub category: String,
    /// The credits each attendee gets.
    pub credits: Credits,
    /// How many attended it in full.
    pub attended: u32,
}

/// Credits given in one scheme and category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditsGiven {
    /// The scheme.
    pub scheme: String,
    /// The category.
    pub category: String,
    /// How many persons got them.
    pub persons: u32,
    /// The credits of all of them together.
    pub credits: Credits,
}

impl Printer {
    /// The holding report.
    ///
    /// # Errors
    /// [`DocumentError::MissingGlyph`].
    pub fn holding_report(&self, report: &HoldingReport) -> Result<Vec<u8>, DocumentError> {
        let sessions: Vec<Value> = report
            .sessions
            .iter()
            .map(|session| {
                json!({
                    "time": session.time,
                    "title": session.title,
                    "lecturer": session.lecturer,
                    "category": session.category,
                    "credits": session.credits.to_string(),
                    "attended": session.attended,
                })
            })
            .collect();
        let credits: Vec<Value> = report
            .credits
            .iter()
            .map(|line| {
                json!({
                    "scheme": line.scheme,
                    "category": line.category,
                    "persons": line.persons,
                    "credits": line.credits.to_string(),
                })
            })
            .collect();
        self.print(Page {
            template: "holding-report.typ",
            title: format!("開催報告書 {}", report.training),
            day: report.date,
            data: json!({
                "document_number": report.document_number,
                "date": report.date.era(),
                "addressee": report.addressee,
                "addressee_title": report.addressee_title,
                "signatory": report.signatory,
                "seal": report.seal,
                "training": report.training,
                "kind": report.kind,
                "approval_number": report.approval_number,
                "hosts": report.hosts,
                "days": report.days.iter().map(|day| day.era()).collect::<Vec<_>>(),
                "venue": report.venue,
                "attendees": report.attendees,
                "sessions": sessions,
                "credits": credits,
                "notes": report.notes,
            }),
        })
    }
}
