//! あなたの登録情報: what is kept about a physician, in words, for the physician.

use mamis_rules::base::Day;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::printer::Page;
use crate::{DocumentError, Printer};

/// Everything about one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyData {
    /// The name exactly as registered.
    pub name: String,
    /// When it was made.
    pub made_on: Day,
    /// What is registered: label and value.
    pub facts: Vec<(String, String)>,
    /// The lists.
    pub sheets: Vec<DataSheet>,
}

/// One list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSheet {
    /// What it lists.
    pub title: String,
    /// Heads of its columns.
    pub head: Vec<String>,
    /// Rows of as many cells.
    pub rows: Vec<Vec<String>>,
}

impl Printer {
    /// A4 portrait, as many pages as it takes.
    ///
    /// # Errors
    /// [`DocumentError::MissingGlyph`] when something cannot be shown.
    pub fn my_data(&self, data: &MyData) -> Result<Vec<u8>, DocumentError> {
        self.print(Page {
            template: "my-data.typ",
            title: "登録されているあなたの情報".to_owned(),
            day: data.made_on,
            data: json!({
                "name": data.name,
                "made_on": data.made_on.japanese(),
                "facts": data.facts,
                "sheets": data.sheets,
            }),
        })
    }
}
