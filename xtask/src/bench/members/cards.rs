//! Postcards with provisional credentials, from the form to the last file.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use uuid::Uuid;

use super::super::table::{Table, rate, thousands, verdict};
use super::super::visitor::Visitor;
use super::Bench;

/// 20,000 people.
const LONGEST: Duration = Duration::from_secs(120);
/// For so many people the target stands.
const PEOPLE: usize = 20_000;
/// After that nobody waits any more.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// Has cards made for everybody who has not logged in yet.
///
/// # Errors
/// A form that is not taken, or somebody without a card.
pub(super) async fn measure(bench: &Bench<'_>, people: usize, targets: &mut Table) -> Result<String> {
    eprintln!("{} postcards", thousands(people));
    let mut office = Visitor::of(bench.server, &bench.officers[0]).await?;
    let sender = bench.fujisawa.to_string();
    let (began, before) = (Instant::now(), bench.processor());
    let own = office.post("/credential-runs", &[("sender", &sender), ("kind", "first")]).await?;
    let id: Uuid = own.trim_start_matches("/credential-runs/").parse()?;
    let ready = "select count(*) from credential_run where id = $1 and state = 'ready'";
    bench.until(ready, id, 1, PATIENCE).await?;
    let (elapsed, processor) = (began.elapsed(), bench.processor().saturating_sub(before));
    let cards =
        "select cast(coalesce(sum(cards), 0) as bigint) from credential_file where credential_run = $1";
    let cards = usize::try_from(bench.count(cards, id).await?)?;
    let files = "select count(*) from credential_file where credential_run = $1";
    let files = bench.count(files, id).await?;
    // Whoever has an address in a script that no font shows is named on the page instead; nobody is in this world.
    ensure!(cards >= people, "{cards} cards for {people} people");
    let page = office.get(&format!("{own}/files/1.pdf")).await?;
    ensure!(page.body.starts_with("%PDF-"), "the first file is no PDF");
    let seconds = elapsed.as_secs_f64();
    if cards >= PEOPLE {
        targets.row(vec![
            format!("postcards of {} people: at most 120 s", thousands(cards)),
            format!("{seconds:.1} s"),
            verdict(elapsed <= LONGEST).to_owned(),
        ]);
    }
    let mut table = Table::new(&["postcards", "people", "files", "seconds", "people/s", "CPU s"]);
    table.row(vec![
        "from the form to the last file".to_owned(),
        thousands(cards),
        files.to_string(),
        format!("{seconds:.1}"),
        rate(cards as f64 / seconds.max(f64::MIN_POSITIVE)),
        format!("{:.1}", processor.as_secs_f64()),
    ]);
    Ok(format!("\n### Postcards\n\n{}", table.markdown()))
}
