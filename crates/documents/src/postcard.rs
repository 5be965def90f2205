//! Sealed postcards with provisional credentials: the address outside, the credentials inside.

use mamis_rules::base::Day;
use serde_json::{Value, json};

use crate::printer::Page;
use crate::{Address, DocumentError, Printer, qr};

/// What all cards of a run say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostcardRun {
    /// What people quote, C2026-0001.
    pub number: String,
    /// The sender, line by line: association, postcode and address, telephone.
    pub sender: Vec<String>,
    /// Where one logs in, as printed for people to type and in the code.
    pub address: String,
    /// Last day on which the credentials work.
    pub until: Day,
    /// The day of the cards.
    pub date: Day,
}

/// One card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Postcard {
    /// To whom.
    pub to: Address,
    /// Place in the postal order, printed small on both sides: the printer's sheets can be put together again.
    pub position: u32,
    /// What to type at the login.
    pub login_id: String,
    /// The provisional password in groups, `k7mq-2xwp-9hdr`.
    pub secret: String,
}

impl Printer {
    /// Cards of 100 × 148 mm, two pages each: the side with the address, then the side that is glued shut.
    ///
    /// # Errors
    /// [`DocumentError::MissingGlyph`] when a name or an address cannot be shown.
    pub fn postcards(&self, run: &PostcardRun, cards: &[Postcard]) -> Result<Vec<u8>, DocumentError> {
        let card = |card: &Postcard| -> Value {
            json!({
                "to": card.to,
                "mark": format!("{}-{:05}", run.number, card.position),
                "login_id": card.login_id,
                "secret": card.secret,
            })
        };
        let data = json!({
            "sender": run.sender,
            "address": run.address,
            "qr": qr::svg(&run.address)?,
            "until": run.until.japanese(),
            "cards": cards.iter().map(card).collect::<Vec<_>>(),
        });
        let title = format!("仮ログインIDのお知らせ {}", run.number);
        self.print(Page { template: "postcard.typ", title, day: run.date, data })
    }
}
