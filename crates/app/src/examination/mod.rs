//! The examination of one application by one office: checklist, fee, handbook, paper lines, decision.

pub mod actions;
pub mod lists;

use crate::error::Result;
use serde::{Deserialize, Serialize};

/// The points that an office ticks, one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Checklist {
    /// Name, birth date and registry number agree with the papers.
    pub identity: bool,
    /// The credits reach what the rule asks.
    pub credits: bool,
    /// The declared paper lines were compared with the originals.
    pub paper_credits: bool,
    /// The handbook was received.
    pub handbook: bool,
    /// The registration fee was received.
    pub fee: bool,
}

impl Checklist {
    /// Field name and sentence of each point, in the order of the screen.
    pub const POINTS: &'static [(&'static str, &'static str)] = &[
        ("identity", "氏名・生年月日・医籍登録番号が書類と一致している"),
        ("credits", "必要な単位を満たしている"),
        ("paper_credits", "申告された紙の単位を原本と照合した"),
        ("handbook", "手帳などの原本を受け取った"),
        ("fee", "審査登録料を受け取った"),
    ];

    /// From the names of the ticked points.
    pub fn ticked<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut list = Self::default();
        for name in names {
            match name {
                "identity" => list.identity = true,
                "credits" => list.credits = true,
                "paper_credits" => list.paper_credits = true,
                "handbook" => list.handbook = true,
                "fee" => list.fee = true,
                _ => {}
            }
        }
        list
    }

    /// Whether a point is ticked.
    pub fn has(&self, name: &str) -> bool {
        match name {
            "identity" => self.identity,
            "credits" => self.credits,
            "paper_credits" => self.paper_credits,
            "handbook" => self.handbook,
            "fee" => self.fee,
            _ => false,
        }
    }

    /// From the table.
    ///
    /// # Errors
    /// A fault when the row was written by something else.
    pub fn read(json: &str) -> Result<Self> {
        Ok(serde_json::from_str(json)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_can_be_ticked_and_survives_the_table() {
        for (name, _) in Checklist::POINTS {
            let list = Checklist::ticked([*name].into_iter());
            assert!(list.has(name), "{name}");
            let json = serde_json::to_string(&list).expect("an object of booleans");
            assert_eq!(Checklist::read(&json).expect("reads back"), list);
            assert_eq!(
                Checklist::POINTS.iter().filter(|(other, _)| list.has(other)).count(),
                1,
                "{name} only"
            );
        }
    }
}
