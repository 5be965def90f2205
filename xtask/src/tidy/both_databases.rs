//! Every test of `app` and `web` that waits for a database runs on both kinds.

use super::Problem;
use super::source::{Source, closing, line_of};

/// Where the tests stand.
const FOLDERS: &[&str] = &["crates/app/tests/", "crates/web/tests/"];
/// What runs a test on each database (`crates/app/src/testing.rs`).
const RUNNERS: &[&str] = &["each_database(", "each_world("];

pub(super) fn on_one_database(source: &Source) -> Vec<Problem> {
    if !FOLDERS.iter().any(|folder| source.path.starts_with(folder)) {
        return Vec::new();
    }
    let code = &source.code;
    let mut problems = Vec::new();
    for (at, _) in code.match_indices("#[tokio::test") {
        let body = code[at..].find('{').and_then(|open| Some(&code[at + open..closing(code, at + open)?]));
        if !body.is_some_and(|body| RUNNERS.iter().any(|runner| body.contains(runner))) {
            let advice = "this test runs on one database: begin with `each_database` or `each_world`";
            problems.push(Problem::new(&source.path, line_of(code, at), advice));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, problems: usize) {
        assert_eq!(on_one_database(&Source::new(path, text)).len(), problems, "{path}: {text}");
    }

    #[test]
    fn tests_of_app_and_web_run_on_both_databases() {
        let one = "#[tokio::test]\nasync fn a() { let app = open().await; }";
        let both =
            "#[tokio::test(flavor = \"multi_thread\")]\nasync fn a() { each_world(|app| async {}).await }";
        check("crates/app/tests/signup.rs", one, 1);
        check("crates/web/tests/signup.rs", both, 0);
        check("crates/web/tests/signup.rs", &format!("{both}\n{one}"), 1);
        check("e2e/tests/main_job.rs", one, 0);
    }
}
