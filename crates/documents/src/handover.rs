//! 引継書: what is open at an office when an officer leaves it.

use mamis_rules::base::Day;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::printer::Page;
use crate::{DataSheet, DocumentError, Printer};

/// A hand-over report. It names no physician.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// The office.
    pub office: String,
    /// Who leaves.
    pub officer: String,
    /// The last day.
    pub last_day: Day,
    /// The duties that end, in words.
    pub duties: String,
    /// Who goes on; empty while nobody is named.
    pub successor: String,
    /// When it was made; the lists are of that moment.
    pub made_on: Day,
    /// Who made it.
    pub made_by: String,
    /// What the successor must know; empty for nothing.
    pub remarks: String,
    /// What was open: number, what it is, where it stands. The title says how many there are.
    pub sheets: Vec<DataSheet>,
}

impl Printer {
    /// A4 portrait, as many pages as it takes, with room for both to sign.
    ///
    /// # Errors
    /// [`DocumentError::MissingGlyph`] when something cannot be shown.
    pub fn handover(&self, data: &Handover) -> Result<Vec<u8>, DocumentError> {
        self.print(Page {
            template: "handover.typ",
            title: format!("引継書（{}）", data.office),
            day: data.made_on,
            data: json!({
                "office": data.office,
                "officer": data.officer,
                "last_day": data.last_day.japanese(),
                "duties": data.duties,
                "successor": data.successor,
                "made": format!("{}　{}", data.made_on.japanese(), data.made_by),
                "remarks": data.remarks.lines().collect::<Vec<_>>(),
                "sheets": data.sheets,
            }),
        })
    }
}
