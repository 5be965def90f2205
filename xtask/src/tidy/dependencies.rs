//! Which crates a crate of ours may not stand on, as cargo itself resolves them.

use std::path::Path;
use std::process::Command;

use anyhow::Context;

use super::Problem;

/// A crate of ours, how far to look, and what must not be found there.
struct Boundary {
    package: &'static str,
    depth: Depth,
    forbidden: &'static [&'static str],
}

enum Depth {
    /// What its Cargo.toml names.
    Direct,
    /// All that is built for it.
    Whole,
}

/// `rules` cannot do IO, `app` has no HTTP server, `web` has no database, `documents` is alone with typst.
const BOUNDARIES: &[Boundary] = &[
    Boundary {
        package: "mamis-rules",
        depth: Depth::Whole,
        forbidden: &[
            "tokio",
            "async-std",
            "smol",
            "futures",
            "futures-util",
            "sqlx",
            "sqlx-core",
            "sea-orm",
            "sea-query",
            "libsqlite3-sys",
            "axum",
            "hyper",
            "http",
            "tower",
            "reqwest",
            "typst",
            "rand",
            "tracing",
        ],
    },
    Boundary {
        package: "mamis-schema",
        depth: Depth::Direct,
        forbidden: &["mamis-app", "mamis-documents", "mamis-web", "axum", "typst"],
    },
    Boundary {
        package: "mamis-documents",
        depth: Depth::Direct,
        forbidden: &["mamis-app", "mamis-schema", "mamis-web", "tokio", "sqlx", "sea-orm", "axum"],
    },
    Boundary {
        package: "mamis-app",
        depth: Depth::Whole,
        forbidden: &["mamis-web", "axum", "axum-core", "tower-http", "askama"],
    },
    Boundary { package: "mamis-web", depth: Depth::Direct, forbidden: &["sea-orm", "sqlx", "typst"] },
];

pub(super) fn forbidden(root: &Path) -> anyhow::Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for boundary in BOUNDARIES {
        let tree = cargo_tree(root, boundary)?;
        let manifest = format!("crates/{}/Cargo.toml", boundary.package.trim_start_matches("mamis-"));
        for name in crossings(&tree, boundary.forbidden) {
            problems.push(Problem::new(
                &manifest,
                1,
                format!("`{}` may not stand on `{name}`", boundary.package),
            ));
        }
    }
    Ok(problems)
}

fn cargo_tree(root: &Path, boundary: &Boundary) -> anyhow::Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root);
    command.args([
        "tree",
        "--package",
        boundary.package,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    if matches!(boundary.depth, Depth::Direct) {
        command.args(["--depth", "1"]);
    }
    let output = command.output().context("cargo tree")?;
    anyhow::ensure!(
        output.status.success(),
        "cargo tree of {}: {}",
        boundary.package,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// The forbidden names among the lines `name v1.2.3 …` of a tree.
fn crossings(tree: &str, forbidden: &[&'static str]) -> Vec<&'static str> {
    let stands_in_tree = |name: &&&str| tree.lines().any(|line| line.split(' ').next() == Some(**name));
    forbidden.iter().filter(stands_in_tree).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_crate_is_found_by_its_whole_name() {
        let tree = "mamis-rules v0.1.0 (/x/crates/rules)\nserde v1.0.0\ntokio-macros v2.0.0 (proc-macro)\n";
        assert_eq!(crossings(tree, &["tokio", "axum"]), Vec::<&str>::new());
        let tree = format!("{tree}tokio v1.50.0\n");
        assert_eq!(crossings(&tree, &["tokio", "axum"]), ["tokio"]);
    }
}
