//! Credits by category, as board packets and reports show them.

use mamis_rules::base::Credits;
use serde::{Deserialize, Serialize};

/// Credits of one category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryCredits {
    /// The category as printed: 更新, 実地, 専門 …
    pub category: String,
    /// How many credits.
    pub credits: Credits,
}

/// Every category that occurs, in the order in which they first do: no credit can fall off the
/// table because nobody announced its column.
pub(crate) fn categories<'a>(rows: impl Iterator<Item = &'a [CategoryCredits]>) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for line in rows.flatten() {
        if !found.contains(&line.category.as_str()) {
            found.push(&line.category);
        }
    }
    found
}

/// The row's credits of that category; zero when it has none.
pub(crate) fn of_category(row: &[CategoryCredits], category: &str) -> Credits {
    row.iter().filter(|line| line.category == category).map(|line| line.credits).sum()
}

/// The row's credits of all categories.
pub(crate) fn total(row: &[CategoryCredits]) -> Credits {
    row.iter().map(|line| line.credits).sum()
}
