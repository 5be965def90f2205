//! The terms of use in versions: the newest one whose day has come is in force, and whoever logs in is asked to accept
//! it. Until the first is published, the version that comes with the program is in force.

pub mod actions;
pub mod jobs;
pub mod lists;

use crate::account::TERMS_VERSION;
use mamis_rules::base::Day;

/// The text of the version that comes with the program.
const FIRST: &str = include_str!("first.txt");

/// A version of the terms of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// E.g. 2026-04.
    pub version: String,
    /// Plain text; see [`blocks`].
    pub body: String,
    /// What is new, in a few sentences; empty for the first.
    pub changes: String,
    /// In force from; none for the first.
    pub valid_from: Option<Day>,
}

impl Version {
    fn first() -> Self {
        Self {
            version: TERMS_VERSION.to_owned(),
            body: FIRST.to_owned(),
            changes: String::new(),
            valid_from: None,
        }
    }
}

/// A piece of a text that people read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Paragraph(String),
    /// Items.
    List(Vec<String>),
}

/// The pieces of a text: a line that begins with `## ` is a heading, one with `- ` an item, any other a paragraph.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(heading) = line.strip_prefix("## ") {
            blocks.push(Block::Heading(heading.to_owned()));
        } else if let Some(item) = line.strip_prefix("- ") {
            match blocks.last_mut() {
                Some(Block::List(items)) => items.push(item.to_owned()),
                _ => blocks.push(Block::List(vec![item.to_owned()])),
            }
        } else {
            blocks.push(Block::Paragraph(line.to_owned()));
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_headings_paragraphs_and_lists() {
        let text = "はじめに\n\n## 1. 約束\n- 一つ\n- 二つ\nおわり";
        let item = |text: &str| text.to_owned();
        assert_eq!(
            blocks(text),
            [
                Block::Paragraph(item("はじめに")),
                Block::Heading(item("1. 約束")),
                Block::List(vec![item("一つ"), item("二つ")]),
                Block::Paragraph(item("おわり")),
            ]
        );
    }

    #[test]
    fn the_first_version_is_complete() {
        let headings = blocks(FIRST).into_iter().filter(|block| matches!(block, Block::Heading(_)));
        assert_eq!(headings.count(), 7);
    }
}
