//! Results as tables of docs/performance.md, each bench between its own markers.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

/// Where results are kept.
pub(crate) const DOCUMENT: &str = "docs/performance.md";

/// A table with a head; numbers stand on the right.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(head: &[&str]) -> Self {
        Self { head: head.iter().map(|&name| name.to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row; a cell that is missing stays empty.
    pub(crate) fn row(&mut self, mut cells: Vec<String>) {
        cells.resize(self.head.len(), String::new());
        self.rows.push(cells);
    }

    /// As Markdown: the first column left, the others right.
    pub(crate) fn markdown(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let mut text = line(&self.head);
        text.push_str("|---");
        text.push_str(&"|---:".repeat(self.head.len().saturating_sub(1)));
        text.push_str("|\n");
        self.rows.iter().for_each(|row| text.push_str(&line(row)));
        text
    }
}

/// 12345 as 12,345.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A rate, with a decimal only where it matters.
pub(crate) fn rate(per_second: f64) -> String {
    if per_second < 100.0 { format!("{per_second:.1}") } else { thousands(per_second.round() as usize) }
}

/// Milliseconds.
pub(crate) fn ms(duration: Duration) -> String {
    let milliseconds = duration.as_secs_f64() * 1000.0;
    if milliseconds < 10.0 { format!("{milliseconds:.2}") } else { format!("{milliseconds:.1}") }
}

/// Whether a target holds, in a word.
pub(crate) const fn verdict(holds: bool) -> &'static str {
    if holds { "met" } else { "missed" }
}

/// The document with the block of this name replaced, or added at the end.
pub(crate) fn replaced(document: &str, name: &str, block: &str) -> String {
    let begin = format!("<!-- bench {name}: begin -->");
    let end = format!("<!-- bench {name}: end -->");
    let block = format!("{begin}\n{}\n{end}", block.trim());
    let found = document
        .find(&begin)
        .and_then(|from| document[from..].find(&end).map(|until| (from, from + until + end.len())));
    match found {
        Some((from, until)) => format!("{}{block}{}", &document[..from], &document[until..]),
        None => format!("{}\n\n{block}\n", document.trim_end()),
    }
}

/// Writes the block into the document.
pub(crate) fn write(root: &Path, name: &str, block: &str) -> Result<()> {
    let path = root.join(DOCUMENT);
    let document = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    std::fs::write(&path, replaced(&document, name, block)).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new(&["page", "requests/s", "p99 ms"]);
        table.row(vec!["hello".to_owned(), "30,000".to_owned(), "1.20".to_owned()]);
        table.row(vec!["a|b".to_owned()]);
        let wanted =
            "| page | requests/s | p99 ms |\n|---|---:|---:|\n| hello | 30,000 | 1.20 |\n| a\\|b |  |  |\n";
        assert_eq!(table.markdown(), wanted);
    }

    #[test]
    fn numbers_are_written_for_people() {
        let check = |found: String, wanted: &str| assert_eq!(found, wanted);
        check(thousands(0), "0");
        check(thousands(999), "999");
        check(thousands(1_000), "1,000");
        check(thousands(350_000), "350,000");
        check(thousands(5_000_000), "5,000,000");
        check(rate(12.34), "12.3");
        check(rate(1234.5), "1,235");
        check(ms(Duration::from_micros(1_234)), "1.23");
        check(ms(Duration::from_micros(41_260)), "41.3");
    }

    #[test]
    fn a_block_takes_the_place_of_the_one_before() {
        let first = replaced("# Speed\n\nText.\n", "pages sqlite", "one\n");
        let wanted =
            "# Speed\n\nText.\n\n<!-- bench pages sqlite: begin -->\none\n<!-- bench pages sqlite: end -->\n";
        assert_eq!(first, wanted);
        let both = replaced(&first, "signup", "seats");
        let again = replaced(&both, "pages sqlite", "two");
        assert!(again.contains("two") && !again.contains("one"), "{again}");
        assert!(again.contains("seats") && again.starts_with("# Speed\n\nText.\n"), "{again}");
        assert_eq!(replaced(&again, "pages sqlite", "two"), again);
    }
}
