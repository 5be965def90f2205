//! 入会登録完了のお知らせ: an association welcomes a new member.

use mamis_rules::base::Day;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::printer::Page;
use crate::{DocumentError, Printer, Seal, Signatory};

/// A joining notice: one page A4 portrait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoiningNotice {
    /// The document number.
    pub document_number: String,
    /// The date of the letter.
    pub date: Day,
    /// The name exactly as registered.
    pub name: String,
    /// Who signs.
    pub signatory: Signatory,
    /// Every membership that runs, from the lowest tier upward.
    pub memberships: Vec<NewMembership>,
    /// The national member id; none where the person is no member of the national tier.
    pub national_member_id: Option<String>,
    /// Whom to ask, line by line.
    pub contact: Vec<String>,
}

/// One membership.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMembership {
    /// The association.
    pub association: String,
    /// The category there.
    pub category: String,
    /// First day.
    pub from: Day,
}

impl Printer {
    /// The letter.
    ///
    /// # Errors
    /// [`DocumentError::MissingGlyph`] when the name cannot be shown.
    pub fn joining_notice(&self, letter: &JoiningNotice) -> Result<Vec<u8>, DocumentError> {
        let memberships: Vec<Value> = letter
            .memberships
            .iter()
            .map(|held| {
                json!({"association": held.association, "category": held.category, "from": held.from.era()})
            })
            .collect();
        self.print(Page {
            template: "joining-notice.typ",
            title: "入会登録完了のお知らせ".to_owned(),
            day: letter.date,
            data: json!({
                "document_number": letter.document_number,
                "date": letter.date.era(),
                "name": letter.name,
                "signatory": letter.signatory,
                "seal": Seal::Omitted,
                "memberships": memberships,
                "national_member_id": letter.national_member_id,
                "contact": letter.contact,
            }),
        })
    }
}
