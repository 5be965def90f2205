//! Members: joining through three tiers, a bulk change, postcards, and the page of the head-counts.
//!
//! The first three change the world, so that they have a new one in which 藤沢市医師会 has as many members as lines are
//! asked for. The last looks at the national world that the pages are measured in.

mod bulk;
mod cards;
mod heads;
mod joining;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Args;
use mamis_app::db::{Db, Pools};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::Place;
use super::database::{self, on};
use super::postgres::Cluster;
use super::server::Server;
use super::table::{Table, thousands};

/// How members are measured.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Physicians who join, one after the other
    #[arg(long, default_value_t = 50)]
    joinings: usize,
    /// Lines of the bulk change, and people who get a postcard
    #[arg(long, default_value_t = 20_000)]
    rows: usize,
    /// Size of the world whose head-counts are looked at
    #[arg(long, default_value_t = 350_000)]
    physicians: usize,
    /// Requests of each view of the head-counts
    #[arg(long, default_value_t = 20)]
    requests: usize,
}

/// The office that receives them all.
const MUNICIPAL: &str = "142051";
/// The association above it.
const PREFECTURAL: &str = "14";
/// Who holds the duty for members there, at the association above, and at the national one.
const OFFICERS: [&str; 3] = ["fujisawa-admin", "o14", "national-admin"];

/// Jobs of the timetable that catch up when a server starts for the first time.
const TIMED_JOBS: &str = "select count(distinct job) from job_run where outcome = 'done' and job in \
    ('association_changes', 'expiry_notices', 'head_counts', 'residency_proposals', 'duplicates', 'clean_up')";
const TIMED: i64 = 6;

/// What everything in the new world is measured with.
struct Bench<'a> {
    server: &'a Server,
    cluster: Option<&'a Cluster>,
    db: &'a Db,
    fujisawa: Uuid,
    /// Cookies of [`OFFICERS`].
    officers: Vec<String>,
}

impl Bench<'_> {
    /// Processor time used so far, by the server and by PostgreSQL.
    fn processor(&self) -> Duration {
        self.server.processor_time() + self.cluster.map(Cluster::processor_time).unwrap_or_default()
    }

    /// Looks again and again until the query counts so many; how long that took.
    ///
    /// # Errors
    /// Not within the time given.
    async fn until(&self, query: &'static str, id: Uuid, wanted: i64, within: Duration) -> Result<Duration> {
        let began = Instant::now();
        let mut clock = tokio::time::interval(Duration::from_millis(50));
        loop {
            clock.tick().await;
            if self.count(query, id).await? == wanted {
                return Ok(began.elapsed());
            }
            ensure!(began.elapsed() < within, "not within {within:?}: {query}");
        }
    }

    async fn count(&self, query: &'static str, id: Uuid) -> Result<i64> {
        Ok(on!(self.db.pools(), pool => sqlx::query_scalar(query).bind(id).fetch_one(pool).await?))
    }
}

/// Measures all four.
///
/// # Errors
/// A server that does not start, or work that is not done.
pub(crate) async fn measure(root: &Path, options: &Options) -> Result<String> {
    let cluster = options.place.cluster(root)?;
    let mut targets = Table::new(&["target", "measured", ""]);
    let mut text = in_a_new_world(options, cluster.as_ref(), &mut targets).await?;
    text.push_str(&heads::measure(options, cluster.as_ref(), &mut targets).await?);
    Ok(format!("{text}\n### Targets\n\n{}", targets.markdown()))
}

async fn in_a_new_world(options: &Options, cluster: Option<&Cluster>, targets: &mut Table) -> Result<String> {
    let installed = options.place.installed_anew(cluster, "members").await?;
    // Three in four of the invented physicians belong up to the national association.
    let physicians = options.rows * 8 / 5 + options.joinings * 30 + 200;
    eprintln!("loading {} physicians", thousands(physicians));
    installed.load(physicians, 1).await?;
    let db = database::open(&installed).await?;
    let fujisawa = database::association(db.pools(), MUNICIPAL).await?;
    gather(db.pools(), fujisawa, options.rows).await?;
    let mut officers = Vec::new();
    for login_id in OFFICERS {
        let account = database::account(db.pools(), login_id).await?;
        officers.push(database::log_in(db.pools(), account).await?);
    }
    let server = installed.serve_and_work().await?;
    let bench = Bench { server: &server, cluster, db: &db, fujisawa, officers };
    eprintln!("the timetable catches up");
    caught_up(&bench).await?;
    let mut text = joining::measure(&bench, options.joinings).await?;
    text.push_str(&bulk::measure(&bench, options.rows, targets).await?);
    text.push_str(&cards::measure(&bench, options.rows, targets).await?);
    text.push_str(&format!(
        "\nAll in a world of {} physicians, on one connection, with the jobs in the same process. Resident memory of \
         the server afterwards {:.0} MiB, at its highest {:.0} MiB.\n",
        thousands(physicians),
        server.memory().0,
        server.memory().1,
    ));
    server.stop().await?;
    db.close().await;
    Ok(text)
}

async fn caught_up(bench: &Bench<'_>) -> Result<()> {
    let mut clock = tokio::time::interval(Duration::from_millis(200));
    let began = Instant::now();
    loop {
        clock.tick().await;
        let done: i64 = on!(bench.db.pools(), pool => sqlx::query_scalar(TIMED_JOBS).fetch_one(pool).await?);
        if done == TIMED {
            return Ok(());
        }
        ensure!(began.elapsed() < Duration::from_secs(600), "{done} of {TIMED} jobs of the timetable ran");
    }
}

/// Makes so many physicians members of 藤沢市医師会 and of the association above it, who have never logged in.
async fn gather(pools: &Pools, fujisawa: Uuid, rows: usize) -> Result<()> {
    let kanagawa = database::association(pools, PREFECTURAL).await?;
    let people = format!(
        "(select m.physician from membership m join physician p on p.id = m.physician
           where m.tier = 'national' and m.valid_until is null and p.registry_number is not null
             and p.deceased_on is null and p.merged_into is null and not exists
             (select 1 from membership d where d.physician = m.physician and d.tier = 'district')
           order by m.physician limit {rows})"
    );
    // Its own members make room, so that it has as many as asked for.
    let away = "update membership set association = (select other.id from association other where other.parent = $2 and \
                other.id <> $1 and not exists (select 1 from association d where d.parent = other.id) \
                order by other.code limit 1) where association = $1 and valid_until is null";
    on!(pools, pool => { sqlx::query(away).bind(fujisawa).bind(kanagawa).execute(pool).await?; });
    let mut moved = 0;
    for (tier, association) in [("municipal", fujisawa), ("prefectural", kanagawa)] {
        let sql = format!(
            "update membership set association = $1 where tier = '{tier}' and valid_until is null and physician in {people}"
        );
        on!(pools, pool => {
            moved = sqlx::query(AssertSqlSafe(sql)).bind(association).execute(pool).await?.rows_affected();
        });
    }
    ensure!(moved == rows as u64, "{moved} of {rows} people have memberships to move");
    let accounts = format!("(select id from account where physician in {people})");
    for sql in [
        format!("delete from terms_consent where account in {accounts}"),
        format!("update account set first_used_at = null where physician in {people}"),
        "analyze".to_owned(),
    ] {
        on!(pools, pool => { sqlx::query(AssertSqlSafe(sql)).execute(pool).await?; });
    }
    Ok(())
}
