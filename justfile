# The common commands. `just` alone lists them.

_default:
    @just --list

# The demo: a whole world of invented people on http://127.0.0.1:8080
demo *arguments:
    cargo run --release -- demo {{ arguments }}

# Every check, on both databases and in a browser
test:
    bin/test

# The checks without browser, on SQLite only
quick:
    bin/test --quick

# Tests of one crate: just one rules, just one app signup
one crate *filter:
    cargo test --package mamis-{{ crate }} {{ filter }}

format:
    cargo fmt --all

lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Write the generated files (docs/access.md, docs/flows/, config.example.toml, …)
docs:
    cargo xtask docs

# The invariants of ARCHITECTURE.md that can be read off the source
tidy:
    cargo run --quiet --package xtask --no-default-features -- tidy

# The pictures of the manual (docs/manual/img)
screenshots:
    bin/screenshots

# Licences, advisories and duplicates of the crates we use (needs cargo-deny)
deny:
    cargo deny check

# What production runs
release:
    cargo build --release
