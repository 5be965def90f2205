//! Every path and every test that the documents name exists.

use super::Problem;
use super::source::{Source, words};

/// First words of backticked text with a slash that is no path: media types, the time zone, built files,
/// data.
const NO_PATHS: &[&str] = &["application", "text", "image", "multipart", "Asia", "target", "data"];

pub(super) fn missing(sources: &[Source]) -> Vec<Problem> {
    let exists = |path: &str| {
        let folder = format!("{}/", path.trim_end_matches('/'));
        sources.iter().any(|source| source.path == path || source.path.starts_with(&folder))
    };
    let has_test = |path: &str, name: &str| {
        sources.iter().any(|source| {
            source.path == path
                && words(&source.code, name).any(|at| source.code[..at].trim_end().ends_with("fn"))
        })
    };
    let mut problems = Vec::new();
    for document in sources.iter().filter(|source| is_document(&source.path)) {
        for (line, reference) in references(document) {
            let problem = match reference.split_once("::") {
                Some((path, name)) if !has_test(path, name) => format!("no function `{name}` in `{path}`"),
                None if !ancestors(&document.path).any(|folder| exists(&resolve(folder, &reference))) => {
                    format!("`{reference}` does not exist")
                }
                _ => continue,
            };
            problems.push(Problem::new(&document.path, line, problem));
        }
    }
    problems
}

/// Documents people write; the generated ones and the manual speak of URLs (`crates/web/tests/manual.rs` follows
/// those of the manual).
fn is_document(path: &str) -> bool {
    let speaks_of_urls = ["docs/access.md", "docs/flows/", "docs/manual/"];
    path.ends_with(".md") && !speaks_of_urls.iter().any(|beginning| path.starts_with(beginning))
}

/// The folders a document lies in, its own first, the root last: a README may speak from its own place.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.rmatch_indices('/').map(|(end, _)| end);
    ends.chain([0]).map(|end| &path[..end])
}

/// Backticked paths and link targets from the document's folder, with their lines.
fn references(document: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    let folder = document.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    for (number, line) in document.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        let quoted = line.split('`').skip(1).step_by(2).filter(|text| is_path(text));
        found.extend(quoted.map(|path| (number + 1, path.to_owned())));
        for (at, _) in line.match_indices("](") {
            let target = line[at + 2..].split([')', '#']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") {
                found.push((number + 1, resolve(folder, target)));
            }
        }
    }
    found
}

fn is_path(text: &str) -> bool {
    let first = text.split('/').next().unwrap_or_default();
    // `db/` alone speaks of any folder of that name.
    text.trim_end_matches('/').contains('/')
        && !first.is_empty()
        && !NO_PATHS.contains(&first)
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./:".contains(c))
        && !text.contains("//")
}

fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, problems: usize) {
        let code = "#[test]\nfn seats_are_never_oversold() {}";
        let sources = [Source::new(path, text), Source::new("crates/app/tests/signup.rs", code)];
        let found = missing(&sources);
        assert_eq!(found.len(), problems, "{text}: {found:?}");
    }

    #[test]
    fn named_paths_exist() {
        check("ARCHITECTURE.md", "see `crates/app/tests/signup.rs` and `crates/app/`", 0);
        check("ARCHITECTURE.md", "see `crates/app/src/lottery.rs`", 1);
        check("ARCHITECTURE.md", "see `crates/app/test`", 1);
    }

    #[test]
    fn named_tests_exist() {
        check("ARCHITECTURE.md", "`crates/app/tests/signup.rs::seats_are_never_oversold`", 0);
        check("ARCHITECTURE.md", "`crates/app/tests/signup.rs::seats_are_never`", 1);
        check("ARCHITECTURE.md", "`crates/app/tests/lottery.rs::seats_are_never_oversold`", 1);
    }

    #[test]
    fn links_are_followed_from_their_folder() {
        check("docs/decisions/a.md", "[tests](../../crates/app/tests/signup.rs)", 0);
        check("docs/decisions/a.md", "[tests](crates/app/tests/signup.rs)", 1);
        check("README.md", "[web](https://example.org/a)", 0);
        check("crates/app/README.md", "`tests/signup.rs` and `crates/app/tests/`", 0);
        check("crates/web/README.md", "`tests/signup.rs`", 1);
    }

    #[test]
    fn urls_patterns_and_media_types_are_no_paths() {
        check(
            "README.md",
            "`/demo/mails`, `application/json`, `crates/app/src/<noun>/lists.rs`, `a / b`, `db/`",
            0,
        );
        check("README.md", "```\ncrates/nowhere/at_all\n```", 0);
        check("docs/access.md", "`no/such/file`", 0);
    }
}
