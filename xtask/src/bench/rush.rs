//! A popular training: thousands press within seconds. Few seats first, with ordinary visitors meanwhile; then a seat
//! for everybody, as fast as they come; beside it the same claims in bare SQL, many in one transaction.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use chrono::{DateTime, Utc};
use clap::Args;
use hyper::{Method, StatusCode};
use mamis_app::Clock;
use mamis_app::db::Pools;
use sqlx::{AssertSqlSafe, QueryBuilder};
use uuid::Uuid;

use super::Place;
use super::database::{on, open};
use super::drive::{Answer, Ask, Encoding, Road, on_time};
use super::measure::{Measured, per_second};
use super::room::{Seats, make_room, seats};
use super::server::Server;
use super::signup::{claim_of, confirmed};
use super::table::{Table, ms, rate, thousands, verdict};

/// How the rush is measured.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Server processes on the same database; more than one needs PostgreSQL
    #[arg(long, default_value_t = 1)]
    pub(crate) processes: usize,
    /// Physicians who press, each once
    #[arg(long, default_value_t = 20_000)]
    physicians: usize,
    /// Within so many seconds
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Seats of the training that everybody wants
    #[arg(long, default_value_t = 200)]
    scarce: usize,
    /// Pages that ordinary visitors open each second meanwhile
    #[arg(long, default_value_t = 50)]
    visits: u32,
}

/// Connections of those who press, over all processes: a request waits for its turn on one of them, and that counts.
const BROWSERS: usize = 600;

/// Connections of the ordinary visitors.
const VISITORS: usize = 30;

/// Claims in one transaction of bare SQL: as many as the server takes together (`signup/actions/line.rs`).
const TOGETHER: usize = 250;

/// Targets: confirmed claims a second; the answer of one in a hundred at the rush; a page of an ordinary visitor then.
const SPEED: f64 = 3_000.0;
const PRESSED: Duration = Duration::from_secs(1);
const VISITED: Duration = Duration::from_millis(200);

/// What was found.
struct Found {
    rush: Measured,
    pressed: Vec<(usize, Answer)>,
    few: Seats,
    visits: Measured,
    room: Measured,
    confirmed: usize,
    bare: f64,
}

/// Measures bare SQL, the rush, and the training with room for all.
///
/// # Errors
/// A server that does not start, an answer that is none, or seats that do not add up.
pub(crate) async fn measure(root: &Path, options: &Options) -> Result<String> {
    let cluster = options.place.cluster(root)?;
    ensure!(options.processes == 1 || cluster.is_some(), "SQLite has one process: give --database postgres");
    let installed = options.place.installed_anew(cluster.as_ref(), "rush").await?;
    eprintln!("loading {} physicians", thousands(options.physicians));
    installed.load(options.physicians, options.physicians).await?;
    let db = open(&installed).await?;
    let room = [options.physicians, options.physicians, options.scarce];
    let [of_bare, of_all, of_few] = make_room(db.pools(), room).await?;

    eprintln!("bare SQL");
    let bare = bare(db.pools(), of_bare, options.physicians).await?;
    let servers = installed.serve_together(options.processes).await?;
    warm(&servers, options).await?;

    eprintln!("few seats");
    let before = seats(db.pools(), of_few).await?;
    let every = Duration::from_secs(options.seconds.into()) / u32::try_from(options.physicians)?;
    let visits = usize::try_from(options.visits * options.seconds)?;
    let (pressed, visited) = tokio::join!(
        on_time(roads(&servers, BROWSERS), options.physicians, every, claim_of(of_few)),
        on_time(roads(&servers, VISITORS), visits, Duration::from_secs(1) / options.visits.max(1), visit),
    );
    let ((rush, pressed), (visits, visited)) = (pressed?, visited?);
    for (number, answer) in &visited {
        ensure!(answer.status == StatusCode::OK, "visit {number} was answered {answer:?}");
    }
    let few = seats(db.pools(), of_few).await?;
    few.check()?;
    let given = confirmed(&pressed)?;
    ensure!(few.confirmed - before.confirmed == given as i64, "{given} confirmed, {before:?}, {few:?}");

    eprintln!("a seat for everybody");
    let before = seats(db.pools(), of_all).await?;
    let (room, answers) =
        on_time(roads(&servers, BROWSERS), options.physicians, Duration::ZERO, claim_of(of_all)).await?;
    let after = seats(db.pools(), of_all).await?;
    after.check()?;
    let confirmed = confirmed(&answers)?;
    ensure!(after.confirmed - before.confirmed == confirmed as i64, "{confirmed}, {before:?}, {after:?}");
    for server in servers {
        server.stop().await?;
    }
    db.close().await;
    Ok(report(options, &Found { rush, pressed, few, visits, room, confirmed, bare }))
}

fn roads(servers: &[Server], connections: usize) -> Vec<Road> {
    let connections = connections / servers.len().max(1);
    servers
        .iter()
        .map(|server| Road { address: server.address, connections, encoding: Encoding::Gzip })
        .collect()
}

/// Every session, every connection of the database and every statement once.
async fn warm(servers: &[Server], options: &Options) -> Result<()> {
    on_time(roads(servers, 32), options.physicians, Duration::ZERO, |number| Ask {
        method: Method::GET,
        path: "/trainings".to_owned(),
        session: format!("bench-{number}"),
    })
    .await?;
    Ok(())
}

/// Somebody else's ordinary page: their own, or the search for trainings.
fn visit(number: usize) -> Ask {
    let path = if number.is_multiple_of(2) { "/my" } else { "/trainings" };
    Ask { method: Method::GET, path: path.to_owned(), session: format!("bench-{number}") }
}

/// The statements of one transaction; only the type of the transaction differs between the databases.
macro_rules! claim_in_bare_sql {
    ($tx:ident, $lock:literal, $training:expr, $times:expr, $people:expr) => {{
        let look = concat!("select last_order from seat_count where training = $1", $lock);
        let last: i64 = sqlx::query_scalar(look).bind($training).fetch_one(&mut *$tx).await?;
        let mut insert = QueryBuilder::new(
            "insert into signup (id, training, physician, state, order_number, starts_at, ends_at, created_at, \
             version) ",
        );
        let now = Clock::Real.now();
        insert.push_values($people.iter().zip(last + 1..), |mut row, (physician, order)| {
            row.push_bind(Uuid::now_v7()).push_bind($training).push_bind(*physician).push_bind("confirmed");
            row.push_bind(order).push_bind($times.0).push_bind($times.1).push_bind(now).push_bind(1_i64);
        });
        insert.build().execute(&mut *$tx).await?;
        let many = $people.len();
        let count = format!(
            "update seat_count set taken = taken + {many}, last_order = last_order + {many} where training = $1"
        );
        sqlx::query(AssertSqlSafe(count)).bind($training).execute(&mut *$tx).await?;
    }};
}

/// Claims a second of the least possible program: a transaction locks the count, writes so many signups, counts them.
async fn bare(pools: &Pools, training: Uuid, physicians: usize) -> Result<f64> {
    let find = "select id from physician where not exists (select 1 from signup where signup.physician = \
                physician.id and signup.training = $1 and state = 'confirmed') order by id limit $2";
    let limit = i64::try_from(physicians)?;
    let free: Vec<Uuid> =
        on!(pools, pool => sqlx::query_scalar(find).bind(training).bind(limit).fetch_all(pool).await?);
    let times = "select starts_at, ends_at from training where id = $1";
    let times: (DateTime<Utc>, DateTime<Utc>) =
        on!(pools, pool => sqlx::query_as(times).bind(training).fetch_one(pool).await?);
    let began = Instant::now();
    for people in free.chunks(TOGETHER) {
        match pools {
            Pools::Sqlite { write, .. } => {
                let mut tx = write.begin_with("begin immediate").await?;
                claim_in_bare_sql!(tx, "", training, times, people);
                tx.commit().await?;
            }
            Pools::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                claim_in_bare_sql!(tx, " for update", training, times, people);
                tx.commit().await?;
            }
        }
    }
    Ok(per_second(free.len(), began.elapsed()))
}

fn report(options: &Options, found: &Found) -> String {
    let mut table = Table::new(&["", "requests", "a second", "p50 ms", "p99 ms", "slowest ms", "target"]);
    let (rush, visits) = (&found.rush, &found.visits);
    let mut row = |name: &str, measured: &Measured, target: String| {
        let at = |percent| ms(measured.percentile(percent));
        let count = thousands(measured.latencies.len());
        table.row(vec![name.to_owned(), count, rate(measured.rate()), at(50.0), at(99.0), at(100.0), target]);
    };
    let held = |measured: &Measured, limit: Duration| {
        format!("p99 {} ms: {}", limit.as_millis(), verdict(measured.percentile(99.0) <= limit))
    };
    row("the rush: `POST /trainings/{id}/signups`", rush, held(rush, PRESSED));
    row("ordinary pages meanwhile", visits, held(visits, VISITED));
    let speed = per_second(found.confirmed, found.room.elapsed);
    let refused = found.room.latencies.len() - found.confirmed;
    let last = found
        .pressed
        .iter()
        .filter(|(_, answer)| answer.location.starts_with("/my/tickets/"))
        .map(|(number, _)| number + 1)
        .max()
        .unwrap_or_default();
    format!(
        "{} distinct physicians, each logged in, press within {} s for {} seats, over {} connections; {} pages a \
         second of ordinary visitors meanwhile. A time counts from the moment of pressing. The mails are sent meanwhile \
         by the worker of the first process. Nobody may get an error page: every answer led to a ticket or back to the \
         training with the reason, or this bench fails.\n\n{}\n\
         {} seats given, {} rows, {} taken of {}; the last of them went to number {} of those who pressed.\n\n\
         A seat for everybody, as fast as they come: **{} confirmed a second** (target {}: {}), {} in {:.1} s; {} \
         were refused because the physician has another training at that hour or a seat already. Bare SQL, {} claims in \
         a transaction on the same database just before: {} a second; the server reaches {:.0} % of it, and also \
         checks session, window and overlaps, writes an audit entry and queues a mail for each.\n",
        thousands(options.physicians),
        options.seconds,
        options.scarce,
        BROWSERS,
        options.visits,
        table.markdown(),
        options.scarce,
        found.few.confirmed,
        found.few.taken,
        found.few.capacity,
        thousands(last),
        rate(speed),
        rate(SPEED),
        verdict(speed >= SPEED),
        thousands(found.confirmed),
        found.room.elapsed.as_secs_f64(),
        thousands(refused),
        TOGETHER,
        rate(found.bare),
        100.0 * speed / found.bare.max(f64::MIN_POSITIVE),
    )
}
