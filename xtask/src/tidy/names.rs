//! One noun, one name: no drawer names, and every table and part of the program is in the glossary.

use std::collections::BTreeSet;

use super::Problem;
use super::source::{Source, line_of, words};

/// Names that say nothing of what is inside, and synonyms of nouns that have a name.
const FORBIDDEN: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "service", "services", "manager", "managers", "model",
    "models", "dto", "dtos", "misc", "course", "courses", "seminar", "seminars", "event", "events", "user",
    "users",
];

pub(super) fn forbidden(source: &Source) -> Vec<Problem> {
    let mut problems = Vec::new();
    let advice = "name it after its noun (docs/glossary.md)";
    if source.path.starts_with("crates/") || source.path.ends_with(".rs") {
        for part in source.parts().filter(|part| FORBIDDEN.contains(part)) {
            problems.push(Problem::new(&source.path, 1, format!("`{part}`: {advice}")));
        }
    }
    for at in words(&source.code, "mod") {
        let name = name_at(&source.code[at + 3..]);
        // A module in its own file is found by its path.
        if FORBIDDEN.contains(&name.as_str())
            && !source.code[at..].trim_start_matches(|c| c != ';' && c != '{').starts_with(';')
        {
            problems.push(Problem::new(
                &source.path,
                line_of(&source.code, at),
                format!("`mod {name}`: {advice}"),
            ));
        }
    }
    problems
}

/// Tables and the first folders and files of the crates whose name the glossary does not have in backticks.
pub(super) fn unknown(sources: &[Source]) -> anyhow::Result<Vec<Problem>> {
    let glossary = sources
        .iter()
        .find(|source| source.path == "docs/glossary.md")
        .ok_or_else(|| anyhow::anyhow!("docs/glossary.md is missing"))?;
    let known: BTreeSet<&str> = glossary.text.split('`').skip(1).step_by(2).collect();
    let mut reported = BTreeSet::new();
    let mut problems = Vec::new();
    for source in sources {
        let Some(name) = named(&source.path) else { continue };
        if !known.contains(name) && reported.insert(name) {
            problems.push(Problem::new(&source.path, 1, format!("`{name}` is not in docs/glossary.md")));
        }
    }
    Ok(problems)
}

/// The part of a path that is a name of the domain or of the program: `signup` of `crates/app/src/signup/lists.rs`.
fn named(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("crates/")?;
    let (_crate, inside) = inside.split_once("/src/")?;
    let first = inside.split('/').next()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (name != "lib" && (first.ends_with(".rs") || inside.contains('/'))).then_some(name)
}

fn name_at(code: &str) -> String {
    code.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawer_names_are_forbidden() {
        let check = |path: &str, text: &str, problems: usize| {
            assert_eq!(forbidden(&Source::new(path, text)).len(), problems, "{path}: {text}");
        };
        check("crates/app/src/utils.rs", "", 1);
        check("crates/app/src/common/mod.rs", "", 1);
        check("crates/web/templates/course/show.html", "", 1);
        check("crates/app/src/signup/mod.rs", "mod helpers { fn a() {} }", 1);
        check("crates/app/src/signup/mod.rs", "mod helpers;", 0);
        check("crates/app/src/signup/mod.rs", "mod actions;\nmod lists;", 0);
        check("docs/services.md", "", 0);
    }

    #[test]
    fn every_name_is_in_the_glossary() {
        let check = |path: &str, problems: usize| {
            let glossary = Source::new("docs/glossary.md", "| 申込 | `signup` | |\nsignup, lottery");
            let found = unknown(&[glossary, Source::new(path, "")]).expect("the glossary is there");
            assert_eq!(found.len(), problems, "{path}: {found:?}");
        };
        check("crates/schema/src/signup.rs", 0);
        check("crates/schema/src/lottery.rs", 1);
        check("crates/app/src/signup/lists.rs", 0);
        check("crates/app/src/lottery/lists.rs", 1);
        check("crates/app/src/lib.rs", 0);
        check("crates/app/tests/lottery.rs", 0);
        assert!(unknown(&[]).is_err());
    }
}
