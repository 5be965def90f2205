//! Made-up worlds: the demo, and a load of national size. Nobody in them exists.
//!
//! A world is built in memory from reference data and repeatable chance, then written in bulk. It
//! bypasses the actions on purpose: it is the state after years of them, and it holds the same
//! rules, which the tests of this folder prove on the written rows.

mod accounts;
mod applications;
mod attendance;
mod bulk;
mod categories;
mod chance;
mod demo;
mod load;
mod meetings;
mod mergers;
mod names;
mod national;
mod notices;
mod offices;
mod organizers;
mod pairs;
mod paper;
mod people;
mod procedures;
mod programmes;
mod reference;
mod residents;
mod rows;
mod trainings;
mod waiting;
mod world;

use crate::App;
use crate::db::Db;
use crate::error::{Error, Result};
use argon2::password_hash::PasswordHasher;
use chance::{Chance, Ids};
use chrono::{DateTime, Utc};
use load::Loader;
use mamis_rules::association::Tier;
use mamis_rules::base::Day;
use mamis_rules::flow::Desk;
use mamis_rules::flow::certification::State;
use offices::Offices;
use reference::Bodies;
use rows::Rows;
use sea_orm::EntityTrait;
use std::sync::Arc;

pub use national::{BENCH_OFFICERS, National};
pub use world::DemoAccount;

/// The password of every account in a made-up world.
pub const PASSWORD: &str = "mamis-demo-2026";

/// What was written.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Rows by table, in the order of writing.
    pub tables: Vec<(String, usize)>,
}

impl Summary {
    /// Rows of one table.
    pub fn rows(&self, table: &str) -> usize {
        self.tables.iter().find(|(name, _)| name == table).map_or(0, |(_, rows)| *rows)
    }

    /// Rows altogether.
    pub fn total(&self) -> usize {
        self.tables.iter().map(|(_, rows)| rows).sum()
    }

    fn add(&mut self, table: &str, rows: usize) {
        match self.tables.iter_mut().find(|(name, _)| name == table) {
            Some((_, count)) => *count += rows,
            None => self.tables.push((table.to_owned(), rows)),
        }
    }
}

/// Loads the demo world: the named people, 3,000 physicians and 400 trainings around them.
///
/// The world depends on the civil day of the clock alone: the same day gives the same rows.
///
/// # Errors
/// A refusal when the database is not empty; a fault of the database.
#[crate::boxed]
pub async fn demo(app: &Arc<App>) -> Result<Summary> {
    let mut seed = Seed::begin(app, "demo").await?;
    demo::fill(&mut seed)?;
    let summary = seed.finish(&app.db).await?;
    accounts::keep_licence(app).await?;
    Ok(summary)
}

/// Loads the named world alone: associations, officers and the people of [`accounts`] with their
/// trainings and applications. What tests use where the crowd of the demo does not matter.
///
/// # Errors
/// As [`demo`].
#[crate::boxed]
pub async fn world(app: &Arc<App>) -> Result<Summary> {
    let mut seed = Seed::begin(app, "demo").await?;
    world::fill(&mut seed)?;
    seed.finish(&app.db).await
}

/// Loads a world of the given size for load tests, in chunks: memory stays bounded.
///
/// Unlike the demo it is not one transaction: after a fault, begin again with an empty database.
///
/// Logged in are the physicians with the cookie values `bench-0`, `bench-1` … and the officers with
/// `bench-officer-0` …, in the order of [`BENCH_OFFICERS`].
///
/// # Errors
/// As [`demo`].
#[crate::boxed]
pub async fn national(app: &Arc<App>, size: National) -> Result<Summary> {
    let seed = Seed::begin(app, "national").await?;
    national::load(app, seed, size).await
}

/// Whom to log in as in the demo, and what to try.
pub fn accounts() -> Vec<DemoAccount> {
    world::accounts()
}

/// A world under construction.
struct Seed {
    today: Day,
    /// When every row was written.
    began: DateTime<Utc>,
    chance: Chance,
    ids: Ids,
    rows: Rows,
    bodies: Bodies,
    offices: Offices,
    counts: Counts,
    /// Id, closing day and board day of the national rounds, in order.
    national_rounds: Vec<(uuid::Uuid, Day, Day)>,
    /// Non-members and the associations that know them.
    linked: std::collections::HashSet<(uuid::Uuid, usize)>,
    password_hash: String,
}

/// Numbers given so far.
#[derive(Debug, Default)]
struct Counts {
    physicians: usize,
    certifications: i64,
    applications: i64,
    /// By code of the association and fiscal year.
    batches: std::collections::BTreeMap<(String, i32), i64>,
    trainings: std::collections::BTreeMap<i32, i64>,
    stickers: i64,
    registrations: i64,
    credential_runs: i64,
    /// Fiscal year and how many.
    bulk_changes: (i32, i64),
}

impl Seed {
    /// Reference data and officers, in an empty database.
    async fn begin(app: &Arc<App>, world: &str) -> Result<Self> {
        if mamis_schema::association::Entity::find().one(app.db.read()).await?.is_some() {
            return Err(Error::refused("データベースが空ではないため、デモのデータを入れられません。"));
        }
        let mut seed = Self::on(Day::of(app.clock.now()))?;
        seed.rows
            .instance
            .push(mamis_schema::instance::Model { name: "world".to_owned(), value: world.to_owned() });
        Ok(seed)
    }

    fn on(today: Day) -> Result<Self> {
        let mut seed = Self {
            today,
            began: reference::began(today),
            chance: Chance::new(2026),
            ids: Ids::from_day(today.plus_days(-1)),
            rows: Rows::default(),
            bodies: Bodies::default(),
            offices: Offices::default(),
            counts: Counts::default(),
            national_rounds: Vec::new(),
            linked: std::collections::HashSet::new(),
            password_hash: password_hash()?,
        };
        reference::fill(&mut seed)?;
        offices::fill(&mut seed)?;
        Ok(seed)
    }

    /// The national round an application in this state is meant for, and the day of its board.
    fn round_for(&self, state: State) -> Option<(uuid::Uuid, Day)> {
        let tier = match mamis_rules::flow::certification::desk(state) {
            Desk::Tier(tier) => tier,
            Desk::Applicant | Desk::Host | Desk::Former | Desk::Nobody => Tier::Municipal,
        };
        let fits = |closes_on: Day, board_on: Day| match tier {
            Tier::National => board_on >= self.today,
            Tier::Prefectural => closes_on >= self.today.plus_days(5),
            Tier::Municipal | Tier::District => closes_on >= self.today.plus_days(30),
        };
        let found = self.national_rounds.iter().find(|(_, closes_on, board_on)| fits(*closes_on, *board_on));
        found.map(|(id, _, board_on)| (*id, *board_on))
    }

    /// Writes everything in one transaction.
    async fn finish(mut self, db: &Db) -> Result<Summary> {
        self.number_series();
        let mut summary = Summary::default();
        let mut load = Loader::begin(db, &mut summary).await?;
        self.rows.write(&mut load).await?;
        load.commit().await?;
        crate::db::search::rebuild(db).await?;
        Ok(summary)
    }

    /// Where the application goes on counting.
    fn number_series(&mut self) {
        let year = mamis_rules::base::FiscalYear::of(self.today).0;
        let mut series = vec![
            (format!("certification/{}", reference::OCCUPATIONAL), self.counts.certifications),
            (format!("application/{year}"), self.counts.applications),
            (format!("registration/{year}"), self.counts.registrations),
            (format!("credential_run/{year}"), self.counts.credential_runs),
            // Whatever form the id of a person has, its last digits count the people from 1; the series counts the ids
            // from 3000000000.
            ("national_member_id".to_owned(), i64::try_from(self.counts.physicians + 1).unwrap_or(i64::MAX)),
        ];
        let (of, bulk_changes) = self.counts.bulk_changes;
        if bulk_changes > 0 {
            series.push((format!("bulk_change/{of}"), bulk_changes));
        }
        let batches = &self.counts.batches;
        series.extend(batches.iter().map(|((code, year), last)| (format!("batch/{code}/{year}"), *last)));
        series.extend(self.counts.trainings.iter().map(|(year, last)| (format!("training/{year}"), *last)));
        self.rows
            .number_series
            .extend(series.into_iter().map(|(name, last)| mamis_schema::number_series::Model { name, last }));
    }
}

/// One hash for everybody: three thousand of them would take minutes.
fn password_hash() -> Result<String> {
    let hash: argon2::password_hash::phc::PasswordHash = argon2::Argon2::default()
        .hash_password_with_salt(PASSWORD.as_bytes(), b"mamis demo world")
        .map_err(Error::fault)?;
    Ok(hash.to_string())
}
