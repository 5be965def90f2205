//! The invariants of ARCHITECTURE.md as checks on the source text. Each check is a function from
//! sources to problems, so that its own tests can hand it small texts, good and bad.

mod both_databases;
mod boxed;
mod database;
mod dependencies;
mod names;
mod paths;
mod purity;
mod size;
mod source;

use std::fmt;
use std::path::Path;

use source::Source;

/// One place that breaks an invariant.
#[derive(Debug)]
pub(crate) struct Problem {
    path: String,
    line: usize,
    message: String,
}

impl Problem {
    pub(crate) fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Problem { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Checks the whole repository below `root`.
pub(crate) fn problems(root: &Path) -> anyhow::Result<Vec<Problem>> {
    let sources = source::read_all(root)?;
    let mut found: Vec<Problem> = sources.iter().flat_map(one_file).collect();
    found.extend(paths::missing(&sources));
    found.extend(names::unknown(&sources)?);
    found.extend(dependencies::forbidden(root)?);
    found.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    Ok(found)
}

fn one_file(source: &Source) -> Vec<Problem> {
    // Other people's files, kept as they came.
    if source.path.split('/').any(|part| part == "vendor") {
        return Vec::new();
    }
    let checks: [fn(&Source) -> Vec<Problem>; 10] = [
        size::too_long,
        names::forbidden,
        purity::impure_rules,
        purity::clocks,
        purity::unfinished,
        database::misplaced,
        database::unaudited,
        purity::foreign_assets,
        both_databases::on_one_database,
        boxed::open_futures,
    ];
    checks.iter().flat_map(|check| check(source)).collect()
}
