//! 認定証 and 修了証.

use mamis_rules::base::{Day, Period};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::printer::Page;
use crate::{DocumentError, Printer, Seal, Signatory, Verification};

/// A certificate: A4 portrait, one page, with a frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// 認定証 or 修了証.
    pub title: String,
    /// What the holder may call himself, or what was completed: 日本医師会認定産業医.
    pub honour: String,
    /// The number, printed as 第…号.
    pub number: String,
    /// The physician's name exactly as registered, variant kanji included.
    pub name: String,
    /// The birth date, where the scheme prints it.
    pub birth: Option<Day>,
    /// The sentence that certifies.
    pub statement: String,
    /// From and until when it is valid, both days included.
    pub validity: Period,
    /// The day of issue.
    pub issued: Day,
    /// Who signs.
    pub signatory: Signatory,
    /// Whether room is left for a stamped seal.
    pub seal: Seal,
    /// How a reader makes sure that it is genuine.
    pub verification: Verification,
}

impl Printer {
    /// One certificate.
    ///
    /// # Errors
    /// [`DocumentError::MissingGlyph`] when the name cannot be shown,
    /// [`DocumentError::AddressTooLong`].
    pub fn certificate(&self, certificate: &Certificate) -> Result<Vec<u8>, DocumentError> {
        self.certificates(certificate.issued, std::slice::from_ref(certificate))
    }

    /// Many certificates as one PDF to be printed and posted on `day`, in the order given. An empty
    /// slice gives one empty page.
    ///
    /// # Errors
    /// As for [`Printer::certificate`]; nothing is printed when one of them fails.
    pub fn certificates(&self, day: Day, certificates: &[Certificate]) -> Result<Vec<u8>, DocumentError> {
        let pages: Vec<Value> = certificates.iter().map(page).collect::<Result<_, DocumentError>>()?;
        let title = match certificates {
            [one] => format!("{} {} 第{}号", one.honour, one.title, one.number),
            _ => "認定証".to_owned(),
        };
        self.print(Page { template: "certificate.typ", title, day, data: json!({ "certificates": pages }) })
    }
}

fn page(certificate: &Certificate) -> Result<Value, DocumentError> {
    Ok(json!({
        "title": certificate.title,
        "honour": certificate.honour,
        "number": certificate.number,
        "name": certificate.name,
        "birth": certificate.birth.map(Day::era),
        "statement": certificate.statement,
        "from": certificate.validity.from.era(),
        "until": certificate.validity.until.era(),
        "issued": certificate.issued.era(),
        "signatory": certificate.signatory,
        "seal": certificate.seal,
        "verification": certificate.verification.mark()?,
    }))
}
