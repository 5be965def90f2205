//! What source text may not say: a clock or IO in the rules, a clock outside the clock, unfinished work,
//! a file from another host.

use super::Problem;
use super::source::{Source, line_of, words};

/// The only file that asks the machine for the time.
const CLOCK: &str = "crates/app/src/clock.rs";

/// `rules` is pure: the domain in arguments and results.
pub(super) fn impure_rules(source: &Source) -> Vec<Problem> {
    if !source.path.starts_with("crates/rules/src/") {
        return Vec::new();
    }
    let impure = [
        ("now(", "never asks for the time: take a Day"),
        ("Instant", "never measures time"),
        ("SystemTime", "never asks for the time: take a Day"),
        ("async", "does not wait"),
        ("std::fs", "does no IO"),
        ("std::io", "does no IO"),
        ("std::net", "does no IO"),
        ("std::env", "does not look at its environment"),
        ("std::process", "starts nothing"),
        ("std::thread", "starts nothing"),
        ("println!", "prints nothing"),
        ("eprintln!", "prints nothing"),
        ("static mut", "keeps no state"),
    ];
    found(source, &source.product, &impure, "`rules`")
}

/// Time is an argument everywhere but in the clock, in tests too.
pub(super) fn clocks(source: &Source) -> Vec<Problem> {
    if source.path == CLOCK {
        return Vec::new();
    }
    let clocks = [
        ("Utc::now", "take the time as an argument"),
        ("Local::now", "take the time as an argument"),
        ("SystemTime::now", "take the time as an argument"),
    ];
    found(source, &source.code, &clocks, CLOCK)
}

/// Work that says of itself that it is not done, and panics without a reason.
pub(super) fn unfinished(source: &Source) -> Vec<Problem> {
    let mut problems = Vec::new();
    if ["rs", "html", "sql", "css", "js", "sh"].iter().any(|end| source.path.ends_with(&format!(".{end}"))) {
        // Put together here, so that this file does not find itself.
        let marks = [["TO", "DO"].concat(), ["FIX", "ME"].concat()];
        for mark in &marks {
            problems.extend(words(&source.text, mark).map(|at| {
                Problem::new(
                    &source.path,
                    line_of(&source.text, at),
                    format!("{mark}: do it or open an issue"),
                )
            }));
        }
    }
    problems.extend(found(source, &source.code, &[("#[ignore", "a test runs or goes")], "unfinished"));
    // Tests share modules of which each uses another part: there an expected warning may not come.
    let of_product = [
        ("#[allow(", "write #[expect(…, reason = \"…\")]"),
        ("#![allow(", "write #![expect(…, reason = \"…\")]"),
        (".unwrap()", "say why it cannot fail: .expect(\"…\"), or return the error"),
    ];
    problems.extend(found(source, &source.product, &of_product, "product"));
    problems
}

/// A page loads nothing from another host: associations run without the internet, and pages tell nobody.
pub(super) fn foreign_assets(source: &Source) -> Vec<Problem> {
    let page =
        source.path.starts_with("crates/web/templates/") || source.path.starts_with("crates/web/static/");
    if !page {
        return Vec::new();
    }
    let tags = ["<script", "<link", "<img", "<iframe", "@import", "url("];
    let mut problems = Vec::new();
    for (number, line) in source.text.lines().enumerate() {
        let remote = line.contains("http://") || line.contains("https://") || line.contains("=\"//");
        if remote && tags.iter().any(|tag| line.contains(tag)) && !line.contains("xmlns") {
            problems.push(Problem::new(&source.path, number + 1, "loads from another host: vendor the file"));
        }
    }
    problems
}

fn found(source: &Source, text: &str, patterns: &[(&str, &str)], what: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (pattern, advice) in patterns {
        problems.extend(words(text, pattern).map(|at| {
            Problem::new(&source.path, line_of(text, at), format!("`{pattern}` ({what}): {advice}"))
        }));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&Source) -> Vec<Problem>, path: &str, text: &str, problems: usize) {
        let found = rule(&Source::new(path, text));
        assert_eq!(found.len(), problems, "{path}: {text}: {found:?}");
    }

    #[test]
    fn the_rules_neither_ask_the_time_nor_wait() {
        let rules = "crates/rules/src/credit/evaluate.rs";
        check(impure_rules, rules, "fn award(on: Day) -> Award {}", 0);
        check(impure_rules, rules, "// never now()\nconst A: &str = \"std::fs\";", 0);
        check(impure_rules, rules, "fn a() { Utc::now() }", 1);
        check(impure_rules, rules, "async fn a() {}", 1);
        check(impure_rules, rules, "use std::fs;", 1);
        check(impure_rules, "crates/app/src/a.rs", "async fn a() {}", 0);
    }

    #[test]
    fn only_the_clock_asks_the_machine() {
        check(clocks, CLOCK, "fn now() { Utc::now() }", 0);
        check(clocks, "crates/app/src/signup/actions.rs", "fn a() { chrono::Utc::now() }", 1);
        check(clocks, "crates/web/tests/signup.rs", "fn a() { SystemTime::now() }", 1);
        check(clocks, "crates/app/src/signup/actions.rs", "fn a() { cx.now() }", 0);
    }

    #[test]
    fn unfinished_work_is_found() {
        let app = "crates/app/src/a.rs";
        check(unfinished, app, &format!("// {}O: later", "TOD"), 1);
        check(unfinished, app, "#[ignore]\nfn a() {}", 1);
        check(unfinished, app, "#[allow(dead_code)]\nfn a() {}", 1);
        check(unfinished, app, "#[expect(dead_code, reason = \"r\")]\nfn a() {}", 0);
    }

    #[test]
    fn a_panic_gives_its_reason_in_the_product() {
        check(unfinished, "crates/app/src/a.rs", "fn a() { b().unwrap() }", 1);
        check(unfinished, "crates/app/src/a.rs", "fn a() { b().expect(\"why\") }", 0);
        check(unfinished, "crates/app/tests/a.rs", "fn a() { b().unwrap() }", 0);
        check(unfinished, "crates/app/src/a.rs", "#[cfg(test)]\nmod tests { fn a() { b().unwrap() } }", 0);
    }

    #[test]
    fn pages_load_from_their_own_host() {
        let page = "crates/web/templates/layout.html";
        check(foreign_assets, page, "<script src=\"https://cdn.example/htmx.js\"></script>", 1);
        check(foreign_assets, page, "<script src=\"/static/htmx.js\"></script>", 0);
        check(foreign_assets, page, "<a href=\"https://www.med.or.jp/\">日本医師会</a>", 0);
    }
}
