//! The project's own tasks: `cargo xtask tidy` checks the invariants of ARCHITECTURE.md that can be
//! read off the source, `cargo xtask docs` writes the generated files or checks that they are fresh,
//! `cargo xtask bench` measures.

#[cfg(feature = "bench")]
mod bench;
#[cfg(feature = "generate")]
mod docs;
mod tidy;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own tasks")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measure, and write the result into docs/performance.md
    #[cfg(feature = "bench")]
    Bench {
        #[command(subcommand)]
        bench: bench::Bench,
    },
    /// Check the invariants that can be read off the source
    Tidy,
    /// Write the generated files
    #[cfg(feature = "generate")]
    Docs {
        /// Write nothing; fail if a generated file is not what the code says
        #[arg(long)]
        check: bool,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies one folder below the workspace");
    let problems = match Arguments::parse().task {
        #[cfg(feature = "bench")]
        Task::Bench { bench } => {
            bench::run(root, &bench)?;
            Vec::new()
        }
        Task::Tidy => tidy::problems(root)?,
        #[cfg(feature = "generate")]
        Task::Docs { check: true } => docs::stale(root)?,
        #[cfg(feature = "generate")]
        Task::Docs { check: false } => {
            docs::write(root)?;
            Vec::new()
        }
    };
    for problem in &problems {
        eprintln!("{problem}");
    }
    match problems.len() {
        0 => Ok(ExitCode::SUCCESS),
        many => {
            eprintln!("{many} problem(s)");
            Ok(ExitCode::FAILURE)
        }
    }
}
