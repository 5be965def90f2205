//! Queries stand in `lists`, `actions`, `db`, `jobs`; only actions write, and what they write is audited.
//!
//! SeaORM and sqlx calls are known by their names and by being awaited, which tells
//! `query.all(db).await` from an iterator's `all(|x| …)`.

use super::Problem;
use super::source::{Source, closing, line_of};

/// Awaited calls and names that read.
const READ_CALLS: &[&str] = &[
    "all",
    "one",
    "count",
    "query_one",
    "query_all",
    "query_one_raw",
    "query_all_raw",
    "fetch_one",
    "fetch_all",
    "fetch_optional",
    "fetch_page",
    "num_items",
];
const READ_NAMES: &[&str] = &["Statement::from", "sqlx::query", "Entity::find", "select_only("];

/// Awaited calls and names that write.
const WRITE_CALLS: &[&str] = &[
    "insert",
    "update",
    "delete",
    "exec",
    "exec_with_returning",
    "exec_without_returning",
    "execute",
    "execute_raw",
    "execute_unprepared",
];
const WRITE_NAMES: &[&str] = &[
    "Entity::insert",
    "Entity::update",
    "Entity::delete",
    "Query::insert",
    "Query::update",
    "Query::delete",
];

/// Files (without `.rs`) and folders of `app` that may ask the database.
const READERS: &[&str] = &["lists", "actions", "db", "jobs", "seed", "audit", "outbox"];
/// Those of them that may also change it.
const WRITERS: &[&str] = &["actions", "db", "jobs", "seed", "audit", "outbox"];

/// Ways to the database around the transaction that audits itself (`crates/app/src/cx.rs`).
const AROUND: &[&str] = &[".db.write()", ".db.begin()", ".pools()"];
/// Files that may take one, each with what it writes that needs no entry.
const UNAUDITED: &[(&str, &str)] = &[
    ("crates/app/src/cx.rs", "the transaction itself"),
    ("crates/app/src/account/actions/limit.rs", "attempts to log in, for the limit"),
    ("crates/app/src/account/actions/session.rs", "when a session was last seen"),
    (
        "crates/app/src/document/actions.rs",
        "where the file of a document is kept; wrong questions, for the limit",
    ),
    ("crates/app/src/passkey/actions/challenge.rs", "what devices are asked, for five minutes"),
    ("crates/app/src/jobs/actions.rs", "the runs of jobs, and what nobody needs any more"),
    ("crates/app/src/jobs/queue.rs", "the queue of jobs"),
    ("crates/app/src/mail/actions/delivery.rs", "how the delivery of a letter went"),
];

/// Writes that leave no entry.
pub(super) fn unaudited(source: &Source) -> Vec<Problem> {
    let concerned = source.path.starts_with("crates/app/src/") || source.path.starts_with("crates/web/src/");
    let is_free =
        ["crates/app/src/db/", "crates/app/src/seed/"].iter().any(|free| source.path.starts_with(free));
    if !concerned || is_free || UNAUDITED.iter().any(|(path, _)| *path == source.path) {
        return Vec::new();
    }
    // A call may stand on a line of its own.
    let code: String = source.product.lines().map(str::trim).collect();
    let found = AROUND.iter().filter(|way| code.contains(**way));
    found
        .map(|way| {
            let line = source.product.lines().position(|line| line.contains(way.trim_start_matches(".db")));
            let advice = format!("`{way}` goes around the audit: write through `cx.begin()`");
            Problem::new(&source.path, line.unwrap_or_default() + 1, advice)
        })
        .collect()
}

pub(super) fn misplaced(source: &Source) -> Vec<Problem> {
    // `schema` describes the tables and migrates them; nobody else but `app` has business with them.
    let concerned = source.path.starts_with("crates/") || source.path.starts_with("src/");
    if !concerned || source.path.starts_with("crates/schema/") {
        return Vec::new();
    }
    let app = source.path.starts_with("crates/app/src/");
    let stands_in = |places: &[&str]| app && source.parts().skip(3).any(|part| places.contains(&part));
    let mut problems = Vec::new();
    if !stands_in(READERS) {
        problems.extend(found(
            source,
            READ_CALLS,
            READ_NAMES,
            "queries stand in lists.rs, actions.rs, db/, jobs/",
        ));
    }
    if !stands_in(WRITERS) {
        problems.extend(found(source, WRITE_CALLS, WRITE_NAMES, "only actions.rs writes"));
    }
    problems
}

fn found(source: &Source, calls: &[&str], names: &[&str], advice: &str) -> Vec<Problem> {
    let code = &source.product;
    let mut problems = Vec::new();
    let mut push = |at: usize, what: &str| {
        problems.push(Problem::new(&source.path, line_of(code, at), format!("`{what}`: {advice}")));
    };
    for call in calls {
        let pattern = format!(".{call}(");
        for (at, _) in code.match_indices(&pattern) {
            if is_awaited(code, at + pattern.len() - 1) {
                push(at, &format!(".{call}(…).await"));
            }
        }
    }
    for name in names {
        // The beginning of a name is enough: `Entity::find` is also `Entity::find_by_id`.
        code.match_indices(name).for_each(|(at, _)| push(at, name));
    }
    problems
}

fn is_awaited(code: &str, open: usize) -> bool {
    closing(code, open).is_some_and(|close| code[close + 1..].trim_start().starts_with(".await"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, problems: usize) {
        let found = misplaced(&Source::new(path, text));
        assert_eq!(found.len(), problems, "{path}: {text}: {found:?}");
    }

    const READ: &str = "async fn a() { query\n    .all(&cx.tx)\n    .await }";
    const WRITE: &str = "async fn a() { row.insert(tx).await }";

    #[test]
    fn queries_stand_in_lists_actions_db_and_jobs() {
        for place in ["signup/lists.rs", "signup/actions.rs", "db/scope.rs", "signup/jobs.rs", "jobs/mod.rs"]
        {
            check(&format!("crates/app/src/{place}"), READ, 0);
        }
        check("crates/app/src/signup/actions/cancel.rs", READ, 0);
        check("crates/app/src/signup/mod.rs", READ, 1);
        check("crates/web/src/signup/pages.rs", READ, 1);
        check("crates/web/src/signup/lists.rs", READ, 1);
        check("src/main.rs", "fn a() { Statement::from_string(x) }", 1);
        check("src/main.rs", "fn a() { sqlx::query(x) }", 1);
    }

    #[test]
    fn only_actions_write() {
        check("crates/app/src/signup/actions.rs", WRITE, 0);
        check("crates/app/src/signup/lists.rs", WRITE, 1);
        check("crates/web/src/signup/pages.rs", WRITE, 1);
        check("crates/app/src/signup/lists.rs", "fn a() { Entity::insert(x) }", 1);
    }

    #[test]
    fn only_named_files_go_around_the_audit() {
        for text in ["async fn a() { row.insert(cx.app.db.write()).await }", "fn a() { app\n.db\n.begin() }"]
        {
            let around = |path: &str| unaudited(&Source::new(path, text)).len();
            assert_eq!(around("crates/app/src/signup/actions.rs"), 1, "{text}");
            assert_eq!(around("crates/app/src/jobs/actions.rs"), 0, "{text}");
            assert_eq!(around("crates/app/tests/signup.rs"), 0, "{text}");
        }
        let good = "async fn a() { let tx = cx.begin().await?; row.insert(tx.db()).await }";
        assert!(unaudited(&Source::new("crates/app/src/signup/actions.rs", good)).is_empty());
    }

    #[test]
    fn collections_are_no_database() {
        check(
            "crates/web/src/signup/pages.rs",
            "fn a() { rows.iter().all(|r| r.free); map.insert(k, v); }",
            0,
        );
        check("crates/web/src/signup/pages.rs", "async fn a() { signup::lists::count(cx).await }", 0);
    }

    #[test]
    fn tests_may_look_at_the_tables() {
        check("crates/app/tests/signup.rs", READ, 0);
        check("crates/app/src/signup/mod.rs", &format!("#[cfg(test)]\nmod tests {{ {READ} }}"), 0);
    }
}
