//! Registrations: somebody without an account proves a mail address and who they are, and can use the system at once.
//! A new person sends a picture of the licence, which the prefectural association of the workplace compares afterwards;
//! somebody in the register is known by registry number, birth date and reading together.

pub mod actions;
pub mod lists;

use mamis_rules::base::Day;
use mamis_rules::physician::identity::Identity;
use serde::{Deserialize, Serialize};

/// Whether a person is new or says to be in the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// With a picture of the licence.
    New,
    /// By registry number, birth date and reading.
    Claim,
}

impl Kind {
    /// The word in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Claim => "claim",
        }
    }
}

/// What was typed, until the mailed link is opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Data {
    /// As typed; empty for a claim.
    pub family_name: String,
    /// As typed; empty for a claim.
    pub given_name: String,
    /// Katakana.
    pub family_kana: String,
    /// Katakana.
    pub given_kana: String,
    /// Birth date.
    pub birth_on: Day,
    /// Digits.
    pub registry_number: String,
    /// Day of the licence entry.
    pub registry_on: Option<Day>,
    /// male, female or unknown.
    pub sex: String,
    /// Name of the workplace.
    pub workplace: String,
    /// Seven digits, or empty.
    pub postal_code: String,
    /// Address of the workplace.
    pub address: String,
    /// JIS X 0401 code of the workplace.
    pub prefecture: i32,
    /// Phone.
    pub phone: String,
}

impl Data {
    /// Who it is.
    pub fn identity(&self) -> Identity {
        Identity {
            family_name: self.family_name.clone(),
            given_name: self.given_name.clone(),
            family_kana: self.family_kana.clone(),
            given_kana: self.given_kana.clone(),
            birth_on: self.birth_on,
            registry_number: self.registry_number.clone(),
        }
    }

    /// The name where one was typed, else the reading: for the greeting of a mail.
    pub fn shown_name(&self) -> String {
        let name = mamis_rules::base::full_name(&self.family_name, &self.given_name);
        if name.is_empty() { mamis_rules::base::full_name(&self.family_kana, &self.given_kana) } else { name }
    }
}
