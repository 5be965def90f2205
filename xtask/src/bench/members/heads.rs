//! The page of the head-counts at national size, over all its views.

use std::time::Duration;

use anyhow::Result;
use hyper::{Method, StatusCode};
use mamis_app::db::Pools;
use mamis_rules::association::{MembershipCategory, Tier};
use mamis_rules::membership::head_count::{Band, By, Sex};
use uuid::Uuid;

use super::super::database::{self, on};
use super::super::drive::{Ask, Encoding, Road, drive};
use super::super::measure::Measured;
use super::super::postgres::Cluster;
use super::super::table::{Table, ms, thousands, verdict};
use super::{OFFICERS, Options};

/// What one in twenty of the pages may take.
const SLOWEST: Duration = Duration::from_millis(300);

/// A kind of view, with the addresses that show it.
type View = (&'static str, Vec<String>);

/// Asks for every view.
///
/// # Errors
/// A page that is not answered with 200, or a server that does not start.
pub(super) async fn measure(
    options: &Options,
    cluster: Option<&Cluster>,
    targets: &mut Table,
) -> Result<String> {
    let installed = options.place.installed(cluster, &options.physicians.to_string()).await?;
    eprintln!("{} physicians: loading", thousands(options.physicians));
    // The same world as for the pages.
    installed.load(options.physicians, (options.physicians / 3).clamp(1, 20_000)).await?;
    let db = database::open(&installed).await?;
    let account = database::account(db.pools(), OFFICERS[2]).await?;
    let session = database::log_in(db.pools(), account).await?;
    let views = views(db.pools()).await?;
    let server = installed.serve().await?;
    let road = Road { address: server.address, connections: 1, encoding: Encoding::default() };
    let mut found = Vec::new();
    for (_, paths) in &views {
        let ask = asker(paths, &session);
        drive(road, paths.len(), StatusCode::OK, ask.clone()).await?;
        let before = server.processor_time() + cluster.map(Cluster::processor_time).unwrap_or_default();
        let mut part = drive(road, paths.len() * options.requests.max(1), StatusCode::OK, ask).await?;
        let after = server.processor_time() + cluster.map(Cluster::processor_time).unwrap_or_default();
        part.processor = after.saturating_sub(before);
        found.push(part);
    }
    server.stop().await?;
    db.close().await;
    Ok(report((options.physicians, options.requests), &views, &found, targets))
}

fn asker(paths: &[String], session: &str) -> impl Fn(usize) -> Ask + Clone + 'static {
    let (paths, session) = (paths.to_vec(), session.to_owned());
    move |number| Ask {
        method: Method::GET,
        path: paths[number % paths.len()].clone(),
        session: session.clone(),
    }
}

/// Every view that the page links to.
async fn views(pools: &Pools) -> Result<Vec<View>> {
    let tier = "select id from association where tier = $1 order by code limit 50";
    let of_tier = async |name: &str| -> Result<Vec<Uuid>> {
        Ok(on!(pools, pool => sqlx::query_scalar(tier).bind(name.to_owned()).fetch_all(pool).await?))
    };
    let at = |ids: Vec<Uuid>| -> Vec<String> {
        ids.into_iter().map(|id| format!("/head-counts?association={id}")).collect()
    };
    let by = |by: &By| format!("/head-counts?by={}", by.name());
    let mut together = Vec::new();
    for tier in Tier::ALL {
        for by in By::ALL {
            together.push(format!("/head-counts?tier={}&by={}&sex=female&age=30s", tier.name(), by.name()));
        }
    }
    Ok(vec![
        ("the country, by category, tier, age and sex", By::ALL.iter().map(by).collect()),
        ("of one tier", Tier::ALL.iter().map(|one| format!("/head-counts?tier={}", one.name())).collect()),
        (
            "of one category",
            MembershipCategory::ALL
                .iter()
                .map(|one| format!("/head-counts?category={}", one.name()))
                .collect(),
        ),
        ("of one sex", Sex::ALL.iter().map(|one| format!("/head-counts?sex={}", one.name())).collect()),
        ("of one age", Band::ALL.iter().map(|one| format!("/head-counts?age={}", one.name())).collect()),
        ("several of these together", together),
        ("each prefecture, with its associations", at(of_tier("prefectural").await?)),
        ("municipal associations", at(of_tier("municipal").await?)),
        ("every number of the country as a file", vec!["/head-counts.csv".to_owned()]),
    ])
}

fn report(
    (physicians, requests): (usize, usize),
    views: &[View],
    found: &[Measured],
    targets: &mut Table,
) -> String {
    let mut table = Table::new(&["head-counts", "views", "p50 ms", "p95 ms", "CPU ms", "body bytes"]);
    let mut pages = Measured::default();
    for ((name, paths), found) in views.iter().zip(found) {
        table.row(vec![
            (*name).to_owned(),
            paths.len().to_string(),
            ms(found.percentile(50.0)),
            ms(found.percentile(95.0)),
            ms(found.processor_each()),
            thousands(found.bytes_each() as usize),
        ]);
        if !name.ends_with("file") {
            pages += found.clone();
        }
    }
    let slowest = pages.percentile(95.0);
    targets.row(vec![
        format!(
            "page of the head-counts, {}: p95 of all views at most {} ms",
            thousands(physicians),
            ms(SLOWEST)
        ),
        format!("{} ms (p50 {} ms)", ms(slowest), ms(pages.percentile(50.0))),
        verdict(slowest <= SLOWEST).to_owned(),
    ]);
    format!(
        "\n### Head-counts at {} physicians\n\n{} requests of each view of the national office, one at a time.\n\n{}",
        thousands(physicians),
        requests,
        table.markdown()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_target_is_said() {
        let of =
            |millis| Measured { latencies: vec![Duration::from_millis(millis); 20], ..Measured::default() };
        let views: Vec<View> = vec![("one", vec!["/a".to_owned()]), ("a file", vec!["/b".to_owned()])];
        let mut targets = Table::new(&["target", "measured", ""]);
        report((350_000, 20), &views, &[of(290), of(900)], &mut targets);
        report((350_000, 20), &views, &[of(310), of(1)], &mut targets);
        let text = targets.markdown();
        assert!(text.contains("| 290.0 ms (p50 290.0 ms) | met |"), "the file is no page: {text}");
        assert!(text.contains("| 310.0 ms (p50 310.0 ms) | missed |"), "{text}");
    }
}
