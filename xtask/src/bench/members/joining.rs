//! Joining through three tiers, page by page, as four people do it.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mamis_app::Clock;
use mamis_rules::base::Day;
use uuid::Uuid;

use super::super::database::{self, on};
use super::super::measure::Measured;
use super::super::table::{Table, ms};
use super::super::visitor::Visitor;
use super::Bench;

/// Joinings before the first that counts.
const WARM_UP: usize = 3;

/// What was done for all joinings.
#[derive(Default)]
struct Found {
    physician: Measured,
    /// Municipal, prefectural, national.
    offices: [Measured; 3],
    processor: Duration,
}

/// Has so many physicians join, one after the other.
///
/// # Errors
/// A page that is not shown or a form that is not taken; somebody who did not become a member of all tiers.
pub(super) async fn measure(bench: &Bench<'_>, joinings: usize) -> Result<String> {
    let people = outside(bench, joinings + WARM_UP).await?;
    let (warm_up, people) = people.split_at(WARM_UP);
    eprintln!("{} joinings", people.len());
    let mut found = Found::default();
    for (account, physician) in warm_up {
        join(bench, &mut found, *account, *physician).await?;
    }
    found = Found::default();
    let before = bench.processor();
    for (account, physician) in people {
        join(bench, &mut found, *account, *physician).await?;
    }
    found.processor = bench.processor().saturating_sub(before);
    Ok(report(&found, people.len()))
}

/// Physicians who belong nowhere and have agreed to the terms: account and physician.
async fn outside(bench: &Bench<'_>, count: usize) -> Result<Vec<(Uuid, Uuid)>> {
    let find = "select a.id, a.physician from account a join physician p on p.id = a.physician
                 where p.deceased_on is null and p.merged_into is null
                   and exists (select 1 from terms_consent t where t.account = a.id)
                   and not exists (select 1 from membership m where m.physician = p.id)
                 order by a.id limit $1";
    let limit = i64::try_from(count)?;
    let found: Vec<(Uuid, Uuid)> =
        on!(bench.db.pools(), pool => sqlx::query_as(find).bind(limit).fetch_all(pool).await?);
    ensure!(found.len() == count, "{} people belong nowhere, {count} are needed", found.len());
    Ok(found)
}

/// One person joins up to the national association.
async fn join(bench: &Bench<'_>, found: &mut Found, account: Uuid, physician: Uuid) -> Result<()> {
    let session = database::log_in(bench.db.pools(), account).await?;
    let mut person = Visitor::of(bench.server, &session).await?;
    person.get("/procedures").await?;
    let edit = person.post("/applications?kind=joining", &[]).await?;
    person.get(&edit).await?;
    let id = edit.split('/').nth(2).context("the address of a draft")?;
    let (today, fujisawa) = (Day::of(Clock::Real.now()).to_string(), bench.fujisawa.to_string());
    let fields = [
        ("target", "national"),
        ("association", fujisawa.as_str()),
        ("category_municipal", "b"),
        ("category_prefectural", "b"),
        ("category_national", "b"),
        ("effective_on", today.as_str()),
        ("remarks", ""),
    ];
    let licence = ("licence", "licence.pdf", "application/pdf", b"%PDF-1.7".as_slice());
    let sent = person.upload(&format!("/applications/{id}/submissions"), &fields, licence).await?;
    person.get(&sent).await?;
    for (session, measured) in bench.officers.iter().zip(&mut found.offices) {
        let mut officer = Visitor::of(bench.server, session).await?;
        officer.get("/membership-applications?kind=joining").await?;
        let page = officer.get(&format!("/membership-applications/{id}")).await?;
        let fields = [
            ("version", page.hidden("version")?),
            ("command", "approve"),
            ("comment", ""),
            ("effective_on", today.as_str()),
        ];
        let next = officer.post(&format!("/membership-applications/{id}/decisions"), &fields).await?;
        officer.get(&next).await?;
        *measured += officer.measured;
    }
    person.get("/my").await?;
    found.physician += person.measured;
    let tiers = "select count(*) from membership where physician = $1 and valid_until is null";
    let tiers = bench.count(tiers, physician).await?;
    ensure!(tiers == 3, "{physician} is a member at {tiers} tiers");
    Ok(())
}

fn report(found: &Found, joinings: usize) -> String {
    let mut table = Table::new(&["joining through three tiers", "requests", "seconds", "p50 ms", "p99 ms"]);
    let mut all = Measured::default();
    let [municipal, prefectural, national] = &found.offices;
    for (name, part) in [
        ("the physician, from the choice to the answer", &found.physician),
        ("municipal association", municipal),
        ("prefectural association", prefectural),
        ("national association, which gives the member id", national),
    ] {
        table.row(line(name, part, joinings));
        all += part.clone();
    }
    table.row(line("altogether", &all, joinings));
    let each = found.processor.as_secs_f64() / joinings.max(1) as f64;
    format!(
        "### Joining\n\n{joinings} physicians join one after the other; requests and seconds of one of them, without \
         the time that people think.\n\n{}\n{each:.3} s of machine time (processor time of the server, its database and \
         its jobs) for one joining.\n",
        table.markdown()
    )
}

fn line(name: &str, part: &Measured, joinings: usize) -> Vec<String> {
    let count = joinings.max(1) as f64;
    vec![
        name.to_owned(),
        format!("{:.0}", part.latencies.len() as f64 / count),
        format!("{:.3}", part.elapsed.as_secs_f64() / count),
        ms(part.percentile(50.0)),
        ms(part.percentile(99.0)),
    ]
}
