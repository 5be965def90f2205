//! Seats of one training, claimed by distinct physicians through the server, beside the same claim in bare SQL.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use clap::Args;
use hyper::{Method, StatusCode};
use mamis_app::Clock;
use mamis_app::db::{Db, Pools};
use sqlx::AssertSqlSafe;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::Place;
use super::database::{on, open};
use super::drive::{Answer, Ask, Encoding, Road, answers};
use super::measure::Measured;
use super::room::{Seats, make_room, seats};
use super::table::{Table, ms, rate, thousands, verdict};

/// How signups are measured.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Physicians who sign up, each once
    #[arg(long, default_value_t = 3_000)]
    physicians: usize,
    /// Seats of the training that has fewer seats than claims
    #[arg(long, default_value_t = 100)]
    scarce: usize,
}

/// Claims on the scarce seats, for each of them.
const CROWD: usize = 4;

/// Measures bare SQL first, then the server, then the training with few seats.
///
/// # Errors
/// A server that does not start, or seats that do not add up.
pub(crate) async fn measure(root: &Path, options: &Options) -> Result<String> {
    let cluster = options.place.cluster(root)?;
    let installed = options.place.installed_anew(cluster.as_ref(), "signup").await?;
    eprintln!("loading {} physicians", thousands(options.physicians));
    installed.load(options.physicians, options.physicians).await?;
    let db = open(&installed).await?;
    let room = [options.physicians, options.physicians, options.scarce];
    let [of_bare, of_served, of_scarce] = make_room(db.pools(), room).await?;

    eprintln!("bare SQL");
    let bare = bare(&db, of_bare, options).await?;
    let server = installed.serve().await?;
    let road =
        Road { address: server.address, connections: options.place.connections, encoding: Encoding::Gzip };
    // Every session, every connection and every statement once, so that both sides begin warm.
    answers(road, options.physicians, |number| Ask {
        method: Method::GET,
        path: "/trainings".to_owned(),
        session: format!("bench-{number}"),
    })
    .await?;
    eprintln!("the server");
    let before = seats(db.pools(), of_served).await?;
    let (served, got) = answers(road, options.physicians, claim_of(of_served)).await?;
    let after = seats(db.pools(), of_served).await?;
    let confirmed = confirmed(&got)?;
    ensure!(
        after.confirmed - before.confirmed == confirmed as i64,
        "{confirmed} confirmed, {before:?}, {after:?}"
    );

    eprintln!("few seats");
    let claims = (options.scarce * CROWD).min(options.physicians);
    let (_, few) = answers(road, claims, claim_of(of_scarce)).await?;
    let last = seats(db.pools(), of_scarce).await?;
    let few = Few { claims, confirmed: self::confirmed(&few)?, seats: last };
    server.stop().await?;
    for seats in [seats(db.pools(), of_bare).await?, after, last] {
        seats.check()?;
    }
    db.close().await;
    Ok(report(options, &bare, &served, confirmed, &few))
}

/// What became of the claims on few seats.
struct Few {
    claims: usize,
    confirmed: usize,
    seats: Seats,
}

/// The claim of each physician on a seat of this training.
pub(super) fn claim_of(training: Uuid) -> impl Fn(usize) -> Ask + Clone + 'static {
    move |number| Ask {
        method: Method::POST,
        path: format!("/trainings/{training}/signups"),
        session: format!("bench-{number}"),
    }
}

/// Answers that led on to a ticket. The others led back to the training with the reason.
///
/// # Errors
/// An answer that is neither.
pub(super) fn confirmed(answers: &[(usize, Answer)]) -> Result<usize> {
    for (number, answer) in answers {
        ensure!(answer.status == StatusCode::SEE_OTHER, "claim {number} was answered {answer:?}");
        let known = ["/my/tickets/", "/trainings/"].iter().any(|place| answer.location.starts_with(place));
        ensure!(known, "claim {number} led to {}", answer.location);
    }
    Ok(answers.iter().filter(|(_, answer)| answer.location.starts_with("/my/tickets/")).count())
}

/// What the least possible claim costs: one transaction each, as many at once as there are connections.
async fn bare(db: &Db, training: Uuid, options: &Options) -> Result<Measured> {
    let pools = db.pools();
    let find = format!("select id from physician order by id limit {}", options.physicians);
    let physicians: Vec<Uuid> =
        on!(pools, pool => sqlx::query_scalar(AssertSqlSafe(find)).fetch_all(pool).await?);
    let times = "select starts_at, ends_at from training where id = $1";
    let (starts_at, ends_at): (DateTime<Utc>, DateTime<Utc>) =
        on!(pools, pool => sqlx::query_as(times).bind(training).fetch_one(pool).await?);
    let given = "select physician from signup where training = $1 and state = 'confirmed'";
    let given: Vec<Uuid> =
        on!(pools, pool => sqlx::query_scalar(given).bind(training).fetch_all(pool).await?);
    let free: Vec<Uuid> = physicians.into_iter().filter(|physician| !given.contains(physician)).collect();
    let claim = Claim { training, starts_at, ends_at, now: Clock::Real.now() };
    let (free, next) = (Arc::new(free), Arc::new(AtomicUsize::new(0)));
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for _ in 0..options.place.connections {
        let (pools, free, next) = (pools.clone(), free.clone(), next.clone());
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            while let Some(physician) = free.get(next.fetch_add(1, Ordering::Relaxed)) {
                let began = Instant::now();
                claim.make(&pools, *physician).await?;
                latencies.push(began.elapsed());
            }
            anyhow::Ok(latencies)
        });
    }
    let mut measured = Measured::default();
    while let Some(done) = tasks.join_next().await {
        measured.latencies.extend(done.context("a claim in bare SQL")??);
    }
    measured.elapsed = began.elapsed();
    Ok(measured)
}

/// A claim in bare SQL.
#[derive(Clone, Copy)]
struct Claim {
    training: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    now: DateTime<Utc>,
}

impl Claim {
    async fn make(self, pools: &Pools, physician: Uuid) -> Result<()> {
        let take = "update seat_count set taken = taken + 1, last_order = last_order + 1 \
                    where training = $1 and taken < capacity returning last_order";
        let insert = "insert into signup (id, training, physician, state, order_number, starts_at, ends_at, \
                      created_at, version) values ($1, $2, $3, 'confirmed', $4, $5, $6, $7, 1)";
        macro_rules! claim {
            ($tx:expr) => {{
                let mut tx = $tx;
                let order: i64 = sqlx::query_scalar(take).bind(self.training).fetch_one(&mut *tx).await?;
                let insert = sqlx::query(insert).bind(Uuid::now_v7()).bind(self.training).bind(physician);
                let insert = insert.bind(order).bind(self.starts_at).bind(self.ends_at).bind(self.now);
                insert.execute(&mut *tx).await?;
                tx.commit().await?;
            }};
        }
        match pools {
            Pools::Sqlite { write, .. } => claim!(write.begin_with("begin immediate").await?),
            Pools::Postgres(pool) => claim!(pool.begin().await?),
        }
        Ok(())
    }
}

fn report(options: &Options, bare: &Measured, served: &Measured, confirmed: usize, few: &Few) -> String {
    let mut table = Table::new(&["claim", "confirmed", "confirmed/s", "p50 ms", "p99 ms"]);
    let mut row = |name: &str, count: usize, measured: &Measured| {
        let speed = super::measure::per_second(count, measured.elapsed);
        let at = |percent| ms(measured.percentile(percent));
        table.row(vec![name.to_owned(), thousands(count), rate(speed), at(50.0), at(99.0)]);
        speed
    };
    let raw = row("bare SQL: take a seat, write the signup, commit", bare.latencies.len(), bare);
    let whole = row("the server: `POST /trainings/{id}/signups`", confirmed, served);
    let refused = served.latencies.len() - confirmed;
    let sound = few.confirmed == few.claims.min(options.scarce);
    format!(
        "{} distinct physicians, each logged in, claim seats of one training over {} connections. The server also \
         checks the session, the window and overlaps, writes the audit entry and queues the mail of each, \
         which nobody sends meanwhile. Bare SQL runs before it on another training of the same database.\n\n{}\n\
         The server confirms {:.0} % of what bare SQL does; {} claims were refused because the physician has another \
         training at that hour or a seat already.\n\n\
         Afterwards {} claims on {} seats: {} confirmed, {} rows, {} seats taken of {}: {}. In all three trainings \
         the rows are the seats taken, and no training is oversold.\n",
        thousands(options.physicians),
        options.place.connections,
        table.markdown(),
        100.0 * whole / raw.max(f64::MIN_POSITIVE),
        refused,
        few.claims,
        options.scarce,
        few.confirmed,
        few.seats.confirmed,
        few.seats.taken,
        few.seats.capacity,
        verdict(sound),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_ticket_counts() {
        let answer = |status, location: &str| (0, Answer { status, location: location.to_owned() });
        let ticket = answer(StatusCode::SEE_OTHER, "/my/tickets/1");
        let refused = answer(StatusCode::SEE_OTHER, "/trainings/1");
        assert_eq!(confirmed(&[ticket.clone(), refused, ticket.clone()]).unwrap(), 2);
        assert!(confirmed(&[answer(StatusCode::SEE_OTHER, "/login")]).is_err());
        assert!(confirmed(&[ticket, answer(StatusCode::INTERNAL_SERVER_ERROR, "")]).is_err());
    }
}
