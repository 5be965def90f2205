//! Provisional credentials: an office prints cards for its physicians who have not logged in yet, some hundreds at a
//! time in postal order, and reminds those who still have not.
//!
//! A run is asked for on a page and made by a job, chunk by chunk: each chunk is one transaction with its file, so a
//! process that is killed goes on where it was and nobody gets two cards. Only hashes of the secrets are stored; the
//! files that show them are deleted once they are posted.

pub mod actions;
pub mod jobs;
pub mod lists;

use mamis_rules::base::AssociationId;
use mamis_rules::physician::card::Kind;
use serde::{Deserialize, Serialize};

/// Cards of one file and of one transaction.
pub const CHUNK: u64 = 500;

/// People of one run at most: what one printing house takes in one order \[assumed\].
pub const MOST: u64 = 20_000;

/// Whom a run is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// First cards or reminders.
    #[serde(with = "kind_name")]
    pub kind: Kind,
    /// Only those who belong to this association or to one below it; none for everybody of the office.
    pub within: Option<AssociationId>,
}

mod kind_name {
    use mamis_rules::physician::card::Kind;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(kind: &Kind, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(kind.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Kind, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A secret as it is compared: whatever signs and spaces it was typed with.
pub(crate) fn folded(secret: &str) -> String {
    crate::account::plain(secret)
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .collect::<String>()
        .to_lowercase()
}
