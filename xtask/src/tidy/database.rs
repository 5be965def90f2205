//! Queries stand in `lists`, `actions`, `db`, `jobs`; only actions write.
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
