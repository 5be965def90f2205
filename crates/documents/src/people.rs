//! Who signs.

use serde::{Deserialize, Serialize};

/// Who signs a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signatory {
    /// The body: 公益社団法人日本医師会.
    pub association: String,
    /// The office held: 会長, 日本医師会長.
    pub title: String,
    /// The person; empty leaves a line to sign on.
    pub name: String,
}

/// What stands behind the signatory's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seal {
    /// Room for the seal that the office stamps on paper.
    #[default]
    Stamped,
    /// （公印省略): sent electronically, no seal.
    Omitted,
}
