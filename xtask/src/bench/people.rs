//! The first page of the search for people, as officers of prefectural associations ask for it.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use hyper::{Method, StatusCode};

use super::Place;
use super::drive::{Ask, Encoding, Road, drive};
use super::measure::Measured;
use super::table::{Table, ms, thousands, verdict};

/// How the search is measured.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Size of the world
    #[arg(long, default_value_t = 350_000)]
    physicians: usize,
    /// Requests of each question of each office
    #[arg(long, default_value_t = 50)]
    requests: usize,
    /// Officers who ask at once
    #[arg(long, default_value_t = 1)]
    at_once: usize,
}

/// What one in twenty of the first pages may take.
const SLOWEST: Duration = Duration::from_millis(100);

/// Table: the offices, from the largest to the smallest, by their place in `BENCH_OFFICERS` (crates/app/src/seed).
const OFFICES: &[(&str, usize)] = &[("東京都", 1), ("神奈川県", 2), ("広島県", 6), ("鳥取県", 7)];

/// Table: what is asked for, as it stands in the address. `{}` becomes a number, so that few questions repeat.
const QUESTIONS: &[(&str, &str)] = &[
    ("nothing: the list", ""),
    ("a frequent family name, 佐藤", "q=%E4%BD%90%E8%97%A4"),
    ("family and given name, 佐藤 恵子", "q=%E4%BD%90%E8%97%A4+%E6%81%B5%E5%AD%90"),
    ("old kanji, 髙橋", "q=%E9%AB%99%E6%A9%8B"),
    ("hiragana, さとう", "q=%E3%81%95%E3%81%A8%E3%81%86"),
    ("letters, suzuki", "q=suzuki"),
    ("the beginning of a registry number", "q=2{}"),
    ("the beginning of a mail address", "q=p2{}"),
    ("one kana, サ", "q=%E3%82%B5"),
    ("certificates that end within months", "from=2026-12-01&until=2027-03-31"),
    ("no mail address, category A①", "without_email=1&category=a1"),
    ("not logged in", "not_logged_in=1"),
    ("a family name in the order of expiry", "q=%E4%BD%90%E8%97%A4&by=expiry"),
    ("a name that nobody has", "q=%E9%BE%98%E9%BE%98"),
];

fn ask(question: &str, officer: usize, number: usize) -> Ask {
    let digits = format!("{:04}", (number * 37 + 11) % 10_000);
    Ask {
        method: Method::GET,
        path: format!("/physicians?{}", question.replace("{}", &digits)),
        session: format!("bench-officer-{officer}"),
    }
}

/// Asks every question of every office.
///
/// # Errors
/// A page that is not answered with 200, or a server that does not start.
pub(crate) async fn measure(root: &Path, options: &Options) -> Result<String> {
    let cluster = options.place.cluster(root)?;
    let installed = options.place.installed(cluster.as_ref(), &options.physicians.to_string()).await?;
    eprintln!("{} physicians: loading", thousands(options.physicians));
    // The same world as for the pages.
    let loaded = installed.load(options.physicians, (options.physicians / 3).clamp(1, 20_000)).await?;
    let server = installed.serve().await?;
    let road =
        Road { address: server.address, connections: options.at_once.max(1), encoding: Encoding::default() };
    let mut found = vec![vec![Measured::default(); OFFICES.len()]; QUESTIONS.len()];
    for round in 0..2 {
        eprintln!("{}", if round == 0 { "warming up" } else { "asking" });
        for ((_, question), found) in QUESTIONS.iter().zip(&mut found) {
            for ((_, officer), found) in OFFICES.iter().zip(found) {
                let count = if round == 0 { 3 } else { options.requests.max(1) };
                let (question, officer) = (*question, *officer);
                let part = drive(road, count, StatusCode::OK, move |number| {
                    ask(question, officer, number + round * 10_000)
                });
                let part = part.await?;
                if round > 0 {
                    *found = part;
                }
            }
        }
    }
    server.stop().await?;
    Ok(report(options, &found, loaded.seconds))
}

fn report(options: &Options, found: &[Vec<Measured>], loaded: f64) -> String {
    let mut text = format!(
        "First pages of the search at {} physicians, {} requests of each question of each office, {} at once, with \
         the client on the same cores. The world was loaded, with its index of people, in {loaded:.0} s.\n\n",
        thousands(options.physicians),
        options.requests,
        options.at_once,
    );
    let offices: Vec<String> = OFFICES.iter().map(|(name, _)| format!("{name}, p95 ms")).collect();
    let mut head = vec!["asked for"];
    head.extend(offices.iter().map(String::as_str));
    let mut table = Table::new(&head);
    for ((name, _), found) in QUESTIONS.iter().zip(found) {
        let cells = found.iter().map(|one| ms(one.percentile(95.0)));
        table.row(std::iter::once((*name).to_owned()).chain(cells).collect());
    }
    text.push_str(&table.markdown());
    text.push_str(&format!("\n{}", targets(found).markdown()));
    text
}

fn targets(found: &[Vec<Measured>]) -> Table {
    let mut table = Table::new(&["target", "measured", ""]);
    for (office, (name, _)) in OFFICES.iter().enumerate() {
        let mut all = Measured::default();
        for question in found {
            all += question[office].clone();
        }
        let slowest = all.percentile(95.0);
        table.row(vec![
            format!("{name}: p95 of all first pages at most {} ms", ms(SLOWEST)),
            format!("{} ms", ms(slowest)),
            verdict(slowest <= SLOWEST).to_owned(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_target_is_said() {
        let of =
            |millis| Measured { latencies: vec![Duration::from_millis(millis); 20], ..Measured::default() };
        let found = vec![vec![of(40), of(99), of(101), of(20)], vec![of(40), of(99), of(101), of(20)]];
        let text = targets(&found).markdown();
        assert!(
            text.contains("| 神奈川県: p95 of all first pages at most 100.0 ms | 99.0 ms | met |"),
            "{text}"
        );
        assert!(
            text.contains("| 広島県: p95 of all first pages at most 100.0 ms | 101.0 ms | missed |"),
            "{text}"
        );
    }

    #[test]
    fn questions_differ() {
        let (first, second) = (ask("q=2{}", 1, 0), ask("q=2{}", 1, 1));
        assert_ne!(first.path, second.path);
        assert_eq!(first.session, "bench-officer-1");
    }
}
