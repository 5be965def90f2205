//! Letters by post to people without a verified e-mail address.

use mamis_rules::base::Day;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::printer::Page;
use crate::{DocumentError, Printer};

/// A letter whose address shows through the window of a 長形3号 envelope when the sheet is folded
/// in three at the marks. The window's place (90 × 45 mm, 12 mm from the top edge and 20 mm from the
/// left one) is the common one \[assumed\].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostLetter {
    /// To whom.
    pub to: Address,
    /// The sender, line by line: body, postcode and address, telephone.
    pub sender: Vec<String>,
    /// The day of the letter.
    pub date: Day,
    /// A reference for the office, printed small below the address; empty for none.
    pub reference: String,
    /// The subject.
    pub subject: String,
    /// The paragraphs.
    pub paragraphs: Vec<String>,
    /// Facts set as a small table below the text: (name, value).
    pub facts: Vec<(String, String)>,
    /// Whom to ask, line by line.
    pub contact: Vec<String>,
}

/// A postal address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The postcode, `840-0054`.
    pub postcode: String,
    /// Prefecture to house, and the building or workplace, line by line.
    pub lines: Vec<String>,
    /// The addressee, without 様.
    pub name: String,
}

impl Printer {
    /// Letters for one posting, each beginning on a new sheet, as one PDF that bears `day`.
    ///
    /// # Errors
    /// [`DocumentError::MissingGlyph`] when a name or an address cannot be shown.
    pub fn post_letters(&self, day: Day, letters: &[PostLetter]) -> Result<Vec<u8>, DocumentError> {
        let pages: Vec<Value> = letters
            .iter()
            .map(|letter| {
                json!({
                    "to": letter.to,
                    "sender": letter.sender,
                    "date": letter.date.era(),
                    "reference": letter.reference,
                    "subject": letter.subject,
                    "paragraphs": letter.paragraphs,
                    "facts": letter.facts,
                    "contact": letter.contact,
                })
            })
            .collect();
        let title = match letters {
            [one] => one.subject.clone(),
            _ => "郵送文書".to_owned(),
        };
        self.print(Page { template: "post-letter.typ", title, day, data: json!({ "letters": pages }) })
    }
}
