//! How a reader of a printed document makes sure that it is genuine.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{DocumentError, qr};

/// How a reader makes sure that a document is genuine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// Nothing is printed.
    None,
    /// A QR code of the public verification page's address.
    Page {
        /// The address in the code.
        address: String,
        /// The address as printed for people to type; shorter, without the number.
        shown: String,
    },
}

impl Verification {
    /// What `verification-mark` of `form.typ` takes.
    pub(crate) fn mark(&self) -> Result<Value, DocumentError> {
        match self {
            Self::None => Ok(Value::Null),
            Self::Page { address, shown } => Ok(json!({ "qr": qr::svg(address)?, "shown": shown })),
        }
    }
}
