//! Notices: an office writes to everybody whom a question of the people search finds. A job writes the letters in
//! batches; they leave through the outbox like all others, but behind them and no faster than the settings say.

pub mod actions;
pub mod jobs;
pub mod lists;

use crate::App;
use crate::error::{Error, Result};
use crate::mail::{Letter, Recipient};
use crate::physician::lists::people::Person;
use crate::unsubscription::Pair;
use mamis_rules::base::{NoticeId, PhysicianId, full_name};
use mamis_rules::notice::text::{self, Mistake};
use mamis_schema::notice;
use serde_json::json;

/// Files that go with a notice at most.
pub const FILES: usize = 3;

/// Bytes of them altogether: many mailboxes refuse more than ten million, and a file grows by a third on its way
/// \[assumed\].
pub const FILE_BYTES: i64 = 5 * 1024 * 1024;

/// Letters of a subject, and of a text, at most.
pub const SUBJECT: usize = 100;
/// See [`SUBJECT`].
pub const BODY: usize = 10_000;

/// Subject and text as somebody reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// Subject.
    pub subject: String,
    /// Text.
    pub text: String,
}

/// Fills in a notice for a person.
///
/// # Errors
/// The first [`Mistake`] of subject or text.
pub fn fill(row: &notice::Model, person: &text::Person) -> std::result::Result<Filled, Mistake> {
    let text = text::fill(&row.body, person)?.replace("\r\n", "\n");
    Ok(Filled { subject: text::fill(&row.subject, person)?, text: text.trim().to_owned() })
}

/// What the fields of a person say.
fn reader(person: &Person) -> text::Person {
    text::Person {
        name: full_name(&person.row.family_name, &person.row.given_name),
        kana: full_name(&person.row.family_kana, &person.row.given_kana),
        association: person.association.clone(),
        category: person.category.clone(),
    }
}

/// The letter of a notice to a person.
fn letter(app: &App, row: &notice::Model, office: &str, person: &Person) -> Result<Letter> {
    let filled = fill(row, &reader(person)).map_err(Error::fault)?;
    let physician = PhysicianId(person.row.id);
    let unsubscribe = match row.obligatory {
        true => String::new(),
        false => Pair { physician, association: row.association.into() }.address(app),
    };
    let data = json!({
        "subject": filled.subject, "text": filled.text, "office": office, "unsubscribe": unsubscribe,
    });
    let letter = Letter::new("notice", Recipient::Physician(physician), &data)?;
    Ok(letter.of_notice(NoticeId(row.id), unsubscribe))
}
