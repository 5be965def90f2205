//! 認定通知: the national association tells a prefectural one whom it has certified.

use mamis_rules::base::{Day, Period};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::printer::Page;
use crate::{DocumentError, Printer, Seal, Signatory};

/// A notice letter: A4 portrait, the letter first, the list of physicians after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeLetter {
    /// The document number: 日医発第123号（健一）.
    pub document_number: String,
    /// The date of the letter.
    pub date: Day,
    /// The body addressed: 佐賀県医師会.
    pub addressee: String,
    /// The person's office there with 様 or 殿 left out: 会長.
    pub addressee_title: String,
    /// Who signs.
    pub signatory: Signatory,
    /// Whether room is left for a stamped seal.
    pub seal: Seal,
    /// The subject: 日本医師会認定産業医の認定について（通知）.
    pub subject: String,
    /// The paragraphs of the letter.
    pub paragraphs: Vec<String>,
    /// Whom to ask, line by line.
    pub contact: Vec<String>,
    /// The physicians certified, in the order printed.
    pub physicians: Vec<NotifiedPhysician>,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifiedPhysician {
    /// The certificate's number.
    pub number: String,
    /// The name exactly as registered.
    pub name: String,
    /// The name in kana.
    pub kana: String,
    /// 新規 or 更新.
    pub kind: String,
    /// The association that the physician belongs to, municipal or district; for non-members 非会員.
    pub association: String,
    /// The validity of the certificate.
    pub validity: Period,
}

impl Printer {
    /// The letter with its list.
    ///
    /// # Errors
    /// [`DocumentError::MissingGlyph`] when a name cannot be shown.
    pub fn notice_letter(&self, letter: &NoticeLetter) -> Result<Vec<u8>, DocumentError> {
        let physicians: Vec<Value> = letter
            .physicians
            .iter()
            .map(|physician| {
                json!({
                    "number": physician.number,
                    "name": physician.name,
                    "kana": physician.kana,
                    "kind": physician.kind,
                    "association": physician.association,
                    "from": physician.validity.from.era(),
                    "until": physician.validity.until.era(),
                })
            })
            .collect();
        self.print(Page {
            template: "notice-letter.typ",
            title: letter.subject.clone(),
            day: letter.date,
            data: json!({
                "document_number": letter.document_number,
                "date": letter.date.era(),
                "addressee": letter.addressee,
                "addressee_title": letter.addressee_title,
                "signatory": letter.signatory,
                "seal": letter.seal,
                "subject": letter.subject,
                "paragraphs": letter.paragraphs,
                "contact": letter.contact,
                "physicians": physicians,
            }),
        })
    }
}
