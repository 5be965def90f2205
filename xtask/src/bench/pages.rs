//! The pages asked for most, at the size of a town and of the country.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use hyper::{Method, StatusCode};

use super::Place;
use super::drive::{Ask, Encoding, Road, drive};
use super::measure::Measured;
use super::postgres::Cluster;
use super::server::{Loaded, Server};
use super::table::{Table, ms, rate, thousands, verdict};

/// How the pages are measured.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Sizes of the world, the smallest first
    #[arg(long, value_delimiter = ',', default_value = "3000,350000")]
    physicians: Vec<usize>,
    /// Rounds; each asks for every page in turn
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Requests of one page in one round; hello gets ten times as many
    #[arg(long, default_value_t = 3_000)]
    requests: usize,
    /// Physicians who ask in turn, at most
    #[arg(long, default_value_t = 5_000)]
    visitors: usize,
    /// Whether bodies are packed
    #[arg(long, value_enum, default_value_t)]
    encoding: Encoding,
}

/// The share of hello's rate that my page and the search shall reach.
const SHARE_OF_HELLO: f64 = 1.0 / 40.0;
/// What one in a hundred of their requests may take.
const SLOWEST: Duration = Duration::from_millis(40);
/// What the country may cost more than a town.
const GROWTH: f64 = 1.5;
/// Resident memory of the server, MiB.
const MEMORY: f64 = 250.0;
/// From the start of the process to `/readyz`.
const START: Duration = Duration::from_secs(1);
/// Loading the country.
const LOAD_SECONDS: f64 = 15.0 * 60.0;

/// A page, as a function from the number of the request to what is asked.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    /// Whether the targets name it.
    goal: Goal,
    /// Requests, in tenths of what was asked for.
    tenths: usize,
    ask: fn(number: usize, visitors: usize) -> Ask,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Goal {
    Named,
    None,
}

/// Table: what is asked. Hello comes first; the others are compared with it.
const KINDS: &[Kind] = &[
    Kind { name: "hello (`/healthz`)", goal: Goal::None, tenths: 100, ask: hello },
    Kind { name: "my page", goal: Goal::Named, tenths: 10, ask: my_page },
    Kind { name: "training search", goal: Goal::Named, tenths: 10, ask: search },
    Kind { name: "desk, municipal", goal: Goal::None, tenths: 3, ask: |number, _| desk(number, 3) },
    Kind { name: "desk, prefectural", goal: Goal::None, tenths: 3, ask: |number, _| desk(number, 1) },
    Kind { name: "desk, national", goal: Goal::None, tenths: 3, ask: |number, _| desk(number, 0) },
];

/// Table: what people search for. `{}` becomes a prefecture.
const SEARCHES: &[&str] = &[
    "/trainings",
    "/trainings?prefecture={}",
    "/trainings?prefecture={}&free=1",
    "/trainings?q=%E7%94%A3%E6%A5%AD%E5%8C%BB",
    "/trainings?q=%E5%8C%96%E5%AD%A6%E7%89%A9%E8%B3%AA&prefecture={}",
    "/trainings?offer=occupational_physician",
    "/trainings?offer=occupational_physician&prefecture={}&free=1",
    "/trainings?page=2",
];

fn get(path: String, session: String) -> Ask {
    Ask { method: Method::GET, path, session }
}

fn hello(_number: usize, _visitors: usize) -> Ask {
    get("/healthz".to_owned(), String::new())
}

fn my_page(number: usize, visitors: usize) -> Ask {
    get("/my".to_owned(), format!("bench-{}", number % visitors))
}

fn search(number: usize, visitors: usize) -> Ask {
    let prefecture = (number % 47 + 1).to_string();
    let path = SEARCHES[number % SEARCHES.len()].replace("{}", &prefecture);
    get(path, format!("bench-{}", number % visitors))
}

fn desk(_number: usize, officer: usize) -> Ask {
    get("/desk".to_owned(), format!("bench-officer-{officer}"))
}

/// One size, measured.
struct Size {
    physicians: usize,
    loaded: Loaded,
    ready_after: Duration,
    /// Resident memory at the end and at its highest, MiB.
    memory: (f64, f64),
    pages: Vec<Measured>,
}

impl Size {
    fn hello(&self) -> f64 {
        self.pages[0].rate()
    }
}

/// Measures every size in turn.
///
/// # Errors
/// A page that is not answered with 200, or a server that does not start.
pub(crate) async fn measure(root: &Path, options: &Options) -> Result<String> {
    let cluster = options.place.cluster(root)?;
    let mut sizes = Vec::new();
    for physicians in &options.physicians {
        sizes.push(one_size(options, cluster.as_ref(), *physicians).await?);
    }
    Ok(report(options, &sizes))
}

async fn one_size(options: &Options, cluster: Option<&Cluster>, physicians: usize) -> Result<Size> {
    let installed = options.place.installed(cluster, &physicians.to_string()).await?;
    eprintln!("{} physicians: loading", thousands(physicians));
    // A town has 1,000 sessions, the country 20,000 (`National` in crates/app/src/seed).
    let sessions = (physicians / 3).clamp(1, 20_000);
    let loaded = installed.load(physicians, sessions).await?;
    let server = installed.serve().await?;
    let ready_after = server.ready_after;
    let visitors = options.visitors.clamp(1, sessions);
    let road =
        Road { address: server.address, connections: options.place.connections, encoding: options.encoding };
    eprintln!("{} physicians: warming up", thousands(physicians));
    for kind in KINDS {
        let count = if kind.name == "my page" { visitors } else { options.requests / 3 };
        drive(road, count.max(road.connections), StatusCode::OK, asker(*kind, visitors)).await?;
    }
    let mut pages = vec![Measured::default(); KINDS.len()];
    for round in 0..options.rounds {
        eprintln!("{} physicians: round {}", thousands(physicians), round + 1);
        for (kind, page) in KINDS.iter().zip(&mut pages) {
            let count = (options.requests * kind.tenths / 10).max(1);
            let before = processor(&server, cluster);
            let mut part = drive(road, count, StatusCode::OK, asker(*kind, visitors)).await?;
            part.processor = processor(&server, cluster).saturating_sub(before);
            *page += part;
        }
    }
    let memory = server.memory();
    server.stop().await?;
    Ok(Size { physicians, loaded, ready_after, memory, pages })
}

fn asker(kind: Kind, visitors: usize) -> impl Fn(usize) -> Ask + Clone + 'static {
    move |number| (kind.ask)(number, visitors)
}

fn processor(server: &Server, cluster: Option<&Cluster>) -> Duration {
    server.processor_time() + cluster.map(Cluster::processor_time).unwrap_or_default()
}

fn report(options: &Options, sizes: &[Size]) -> String {
    let mut text = format!(
        "{} connections from the same machine; {} rounds of {} requests for each page, each page warmed up before; \
         a time is that of one request at this load, with the client on the same cores. `CPU` is the processor time \
         of the server{} for one request.\n",
        options.place.connections,
        options.rounds,
        thousands(options.requests),
        if options.place.database == super::Database::Postgres { " and of PostgreSQL" } else { "" },
    );
    for size in sizes {
        text.push_str(&format!(
            "\n### {} physicians\n\n{}",
            thousands(size.physicians),
            of_size(size).markdown()
        ));
        text.push_str(&format!(
            "\nLoaded in {:.0} s. Ready {} ms after the start of the process. Resident memory of the server after \
             the run {:.0} MiB, at its highest {:.0} MiB.\n\n<details><summary>Rows</summary>\n\n```\n{}\n```\n\n</details>\n",
            size.loaded.seconds,
            ms(size.ready_after),
            size.memory.0,
            size.memory.1,
            size.loaded.rows,
        ));
    }
    if let [small, .., large] = sizes {
        text.push_str(&format!(
            "\n### {} beside {}\n\n{}",
            thousands(large.physicians),
            thousands(small.physicians),
            growth(small, large).markdown()
        ));
    }
    text.push_str(&format!("\n### Targets\n\n{}", targets(sizes).markdown()));
    text
}

fn of_size(size: &Size) -> Table {
    let mut table =
        Table::new(&["page", "requests/s", "of hello", "p50 ms", "p99 ms", "CPU ms", "body bytes"]);
    for (kind, page) in KINDS.iter().zip(&size.pages) {
        table.row(vec![
            kind.name.to_owned(),
            rate(page.rate()),
            format!("1/{:.1}", size.hello() / page.rate()),
            ms(page.percentile(50.0)),
            ms(page.percentile(99.0)),
            ms(page.processor_each()),
            thousands(page.bytes_each() as usize),
        ]);
    }
    table
}

fn growth(small: &Size, large: &Size) -> Table {
    let mut table = Table::new(&["page", "time of a request", "p50", "p99", "CPU"]);
    for (kind, (small, large)) in KINDS.iter().zip(small.pages.iter().zip(&large.pages)) {
        let ratio = |of: fn(&Measured) -> Duration| times(of(large), of(small));
        table.row(vec![
            kind.name.to_owned(),
            format!("× {:.2}", small.rate() / large.rate()),
            ratio(|page| page.percentile(50.0)),
            ratio(|page| page.percentile(99.0)),
            ratio(Measured::processor_each),
        ]);
    }
    table
}

fn times(large: Duration, small: Duration) -> String {
    if small.is_zero() {
        String::new()
    } else {
        format!("× {:.2}", large.as_secs_f64() / small.as_secs_f64())
    }
}

fn targets(sizes: &[Size]) -> Table {
    let mut table = Table::new(&["target", "measured", ""]);
    let mut row = |target: String, measured: String, holds: bool| {
        table.row(vec![target, measured, verdict(holds).to_owned()]);
    };
    for size in sizes {
        let physicians = thousands(size.physicians);
        for (kind, page) in KINDS.iter().zip(&size.pages).filter(|(kind, _)| kind.goal == Goal::Named) {
            let share = page.rate() / size.hello();
            let name = format!("{}, {physicians}", kind.name);
            row(
                format!("{name}: at least 1/40 of hello"),
                format!("1/{:.1}", 1.0 / share),
                share >= SHARE_OF_HELLO,
            );
            let slowest = page.percentile(99.0);
            row(format!("{name}: p99 at most 40 ms"), format!("{} ms", ms(slowest)), slowest <= SLOWEST);
        }
        let start = format!("{} ms", ms(size.ready_after));
        row(format!("{physicians}: ready at most 1 s after the start"), start, size.ready_after <= START);
    }
    if let [small, .., large] = sizes {
        for (at, kind) in KINDS.iter().enumerate().filter(|(_, kind)| kind.goal == Goal::Named) {
            let growth = small.pages[at].rate() / large.pages[at].rate();
            row(
                format!("{}: large at most 1.5 × small", kind.name),
                format!("× {growth:.2}"),
                growth <= GROWTH,
            );
        }
        let physicians = thousands(large.physicians);
        let memory = large.memory.0;
        row(format!("{physicians}: server at most 250 MiB"), format!("{memory:.0} MiB"), memory <= MEMORY);
        let seconds = large.loaded.seconds;
        row(
            format!("{physicians}: loaded in at most 15 min"),
            format!("{seconds:.0} s"),
            seconds <= LOAD_SECONDS,
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rate: usize) -> Measured {
        Measured {
            latencies: vec![Duration::from_millis(20); rate],
            elapsed: Duration::from_secs(1),
            ..Measured::default()
        }
    }

    fn size(physicians: usize, hello: usize, other: usize) -> Size {
        let pages = KINDS.iter().map(|kind| page(if kind.tenths == 100 { hello } else { other })).collect();
        let loaded = Loaded { seconds: 1000.0, rows: String::new() };
        Size { physicians, loaded, ready_after: Duration::from_millis(80), memory: (90.0, 95.0), pages }
    }

    #[test]
    fn a_missed_target_is_said() {
        let text = targets(&[size(3_000, 40_000, 1_000), size(350_000, 40_000, 600)]).markdown();
        let check = |line: &str| assert!(text.contains(line), "{line} in {text}");
        check("| my page, 3,000: at least 1/40 of hello | 1/40.0 | met |");
        check("| my page, 350,000: at least 1/40 of hello | 1/66.7 | missed |");
        check("| training search, 3,000: p99 at most 40 ms | 20.0 ms | met |");
        check("| my page: large at most 1.5 × small | × 1.67 | missed |");
        check("| 350,000: server at most 250 MiB | 90 MiB | met |");
        check("| 350,000: loaded in at most 15 min | 1000 s | missed |");
    }

    #[test]
    fn visitors_come_in_turn() {
        assert_eq!(my_page(1_003, 1_000).session, "bench-3");
        assert!((0..200).all(|number| !search(number, 10).path.contains('{')));
    }
}
