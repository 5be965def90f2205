//! How fast it is: `cargo xtask bench pages | people | members | signup | rush | certificates`.
//!
//! Each bench drives the built program as a process of its own and writes what it found, with the machine and
//! the command line, into docs/performance.md. No test asserts a speed: a figure without its machine says nothing.

mod certificates;
mod database;
mod drive;
mod machine;
mod measure;
mod members;
mod pages;
mod people;
mod postgres;
mod room;
mod rush;
mod server;
mod signup;
mod table;
mod visitor;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};

use postgres::Cluster;
use server::Installed;

/// What is measured.
#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Pages at 32 connections, against a static hello of the same server
    Pages(pages::Options),
    /// The first page of the search for people, as prefectural officers ask for it
    People(people::Options),
    /// Joinings through three tiers, a bulk change, postcards, and the page of the head-counts
    Members(members::Options),
    /// Seats of one training claimed by distinct physicians, beside the same in bare SQL
    Signup(signup::Options),
    /// Thousands who press within seconds, and how many seats a second are confirmed
    Rush(rush::Options),
    /// Certificates printed on one core
    Certificates(certificates::Options),
}

/// Which database is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// What every bench with a server is told.
#[derive(Args, Clone, Debug)]
pub(crate) struct Place {
    /// The database
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Database,
    /// Address of a PostgreSQL to use, without the name of a database; the default is a cluster of our own
    #[arg(long)]
    postgres: Option<String>,
    /// Where worlds are kept between runs; the default is mamis-bench in the folder for temporary files
    #[arg(long)]
    data: Option<PathBuf>,
    /// The program to measure; the default is the one built beside this one
    #[arg(long)]
    program: Option<PathBuf>,
    /// Connections at once
    #[arg(long, default_value_t = 32)]
    connections: usize,
}

impl Place {
    fn folder(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| std::env::temp_dir().join("mamis-bench"))
    }

    fn program(&self) -> Result<PathBuf> {
        match &self.program {
            Some(program) => Ok(std::path::absolute(program)?),
            None => server::program_beside(),
        }
    }

    /// PostgreSQL, where it is asked for.
    fn cluster(&self, root: &Path) -> Result<Option<Cluster>> {
        match (self.database, &self.postgres) {
            (Database::Sqlite, _) => Ok(None),
            (Database::Postgres, Some(address)) => Ok(Some(Cluster::Given(address.clone()))),
            (Database::Postgres, None) => Cluster::start(root, &self.folder().join("cluster")).map(Some),
        }
    }

    /// The same with a world that was never used: for benches that change it.
    async fn installed_anew(&self, cluster: Option<&Cluster>, world: &str) -> Result<Installed> {
        let folder = self.world_folder(world);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        self.installed(cluster, world).await
    }

    fn world_folder(&self, world: &str) -> PathBuf {
        self.folder().join(format!("{}-{world}", self.database.name()))
    }

    /// The program with a folder and a database for a world of this name; a new one is empty.
    async fn installed(&self, cluster: Option<&Cluster>, world: &str) -> Result<Installed> {
        let data = self.world_folder(world);
        let database = match cluster {
            None => String::new(),
            Some(cluster) => cluster.address(&format!("mamis_{world}")),
        };
        if let Some(cluster) = cluster.filter(|_| !data.join("loaded").exists()) {
            cluster.make(&format!("mamis_{world}")).await?;
        }
        std::fs::create_dir_all(&data)?;
        Ok(Installed { program: self.program()?, data: std::fs::canonicalize(data)?, database })
    }
}

/// Measures, prints, and writes the result down unless this is an unoptimised build.
///
/// # Errors
/// Whatever kept it from measuring.
pub(crate) fn run(root: &Path, bench: &Bench) -> Result<()> {
    let machine = machine::machine();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (name, title, found) = match bench {
        Bench::Pages(options) => {
            let database = options.place.database;
            let found = runtime.block_on(pages::measure(root, options))?;
            (format!("pages {}", database.name()), format!("Pages, {}", database.label()), found)
        }
        Bench::People(options) => {
            let database = options.place.database;
            let found = runtime.block_on(people::measure(root, options))?;
            (format!("people {}", database.name()), format!("People, {}", database.label()), found)
        }
        Bench::Members(options) => {
            let database = options.place.database;
            let found = runtime.block_on(members::measure(root, options))?;
            (format!("members {}", database.name()), format!("Members, {}", database.label()), found)
        }
        Bench::Signup(options) => {
            let database = options.place.database;
            let found = runtime.block_on(signup::measure(root, options))?;
            (format!("signup {}", database.name()), format!("Signup, {}", database.label()), found)
        }
        Bench::Rush(options) => {
            let place = &options.place;
            let found = runtime.block_on(rush::measure(root, options))?;
            let (name, label) = (place.database.name(), place.database.label());
            let many = options.processes;
            (format!("rush {name} {many}"), format!("Rush, {label}, {many} process(es)"), found)
        }
        Bench::Certificates(options) => {
            let found = certificates::measure(options)?;
            if options.pinned {
                print!("{found}");
                return Ok(());
            }
            ("certificates".to_owned(), "Certificates".to_owned(), found)
        }
    };
    let block = format!(
        "## {title}\n\nMachine: {machine}. {}.\n\n```\n{}\n```\n\n{found}",
        machine::commit(root),
        machine::command_line()
    );
    println!("{block}");
    if cfg!(debug_assertions) {
        println!("(an unoptimised build: not written to {})", table::DOCUMENT);
        return Ok(());
    }
    table::write(root, &name, &block)
}
