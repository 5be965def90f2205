//! Address labels on sheets of sticky paper.

use mamis_rules::base::Day;
use serde_json::{Value, json};

use crate::printer::Page;
use crate::{Address, DocumentError, Printer};

/// How a sheet is cut: the two A4 sheets that offices in Japan stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelSheet {
    /// Two across, six down; 83.8 × 42.3 mm.
    Twelve,
    /// Three across, eight down; 66 × 33.9 mm.
    TwentyFour,
}

impl LabelSheet {
    /// Labels on a sheet.
    pub const fn labels(self) -> usize {
        match self {
            Self::Twelve => 12,
            Self::TwentyFour => 24,
        }
    }

    /// What the template measures by: labels across and down, their size and the margins, in millimetres.
    fn cut(self) -> Value {
        match self {
            Self::Twelve => {
                json!({"across": 2, "width": 83.8, "height": 42.3, "left": 21.2, "top": 21.6, "size": 10.5})
            }
            Self::TwentyFour => {
                json!({"across": 3, "width": 66.0, "height": 33.9, "left": 6.0, "top": 12.9, "size": 8.5})
            }
        }
    }
}

impl Printer {
    /// Labels in the order given, row by row, beginning at a label of the first sheet (from 1): sheets that were begun
    /// can be used up.
    ///
    /// # Errors
    /// [`DocumentError::MissingGlyph`] when a name or an address cannot be shown.
    pub fn labels(
        &self,
        day: Day,
        sheet: LabelSheet,
        first: usize,
        addresses: &[Address],
    ) -> Result<Vec<u8>, DocumentError> {
        let free = (first.max(1) - 1) % sheet.labels();
        let empty = std::iter::repeat_n(Value::Null, free);
        let labels: Vec<Value> = empty.chain(addresses.iter().map(|address| json!(address))).collect();
        let sheets: Vec<&[Value]> = labels.chunks(sheet.labels()).collect();
        let data = json!({"cut": sheet.cut(), "sheets": sheets});
        self.print(Page { template: "labels.typ", title: "宛名ラベル".to_owned(), day, data })
    }
}
