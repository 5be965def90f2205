//! A file of new categories, from its upload until every tier has decided.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use mamis_app::Clock;
use mamis_rules::base::Day;
use uuid::Uuid;

use super::super::database::{self, on};
use super::super::table::{Table, rate, thousands, verdict};
use super::super::visitor::Visitor;
use super::{Bench, PREFECTURAL};

/// 20,000 lines, from the upload until each is carried out.
const LONGEST: Duration = Duration::from_secs(60);
/// For so many lines the target stands.
const LINES: usize = 20_000;
/// After that nobody waits any more.
const PATIENCE: Duration = Duration::from_secs(3_600);

const OPEN_RUNS: &str = "select count(*) from bulk_change_run where bulk_change = $1 and ended_at is null";

/// A part of the way.
struct Part {
    name: &'static str,
    elapsed: Duration,
    processor: Duration,
}

/// Uploads, carries out, and has the two tiers above decide.
///
/// # Errors
/// A form that is not taken, a line that is not done.
pub(super) async fn measure(bench: &Bench<'_>, rows: usize, targets: &mut Table) -> Result<String> {
    eprintln!("{} lines of a bulk change", thousands(rows));
    let file = file(bench, rows).await?;
    let mut office = Visitor::of(bench.server, &bench.officers[0]).await?;
    let mut parts = Vec::new();
    let fujisawa = bench.fujisawa.to_string();
    let fields = [("association", fujisawa.as_str()), ("kind", "category")];
    let (began, before) = (Instant::now(), bench.processor());
    let own =
        office.upload("/bulk-changes", &fields, ("file", "list.csv", "text/csv", file.as_bytes())).await?;
    parts.push(part(bench, "the file is read and checked", began, before));
    let page = office.get(&own).await?;
    let id: Uuid = own.trim_start_matches("/bulk-changes/").parse()?;
    let (began, before) = (Instant::now(), bench.processor());
    office.post(&format!("{own}/runs"), &[("version", page.hidden("version")?)]).await?;
    bench.until(OPEN_RUNS, id, 0, PATIENCE).await?;
    parts.push(part(bench, "every line is carried out as a procedure", began, before));
    let done =
        "select count(*) from bulk_change_row where bulk_change = $1 and state = 'done' and problem = ''";
    let done = bench.count(done, id).await?;
    ensure!(done == rows as i64, "{done} of {rows} lines were done");
    let kanagawa = database::association(bench.db.pools(), PREFECTURAL).await?;
    let national = database::association(bench.db.pools(), "00").await?;
    for (name, at, session) in [
        ("the prefectural association approves them all", kanagawa, &bench.officers[1]),
        ("the national association approves them all", national, &bench.officers[2]),
    ] {
        let mut above = Visitor::of(bench.server, session).await?;
        let (began, before) = (Instant::now(), bench.processor());
        above.post(&format!("{own}/approvals"), &[("at", &at.to_string())]).await?;
        bench.until(OPEN_RUNS, id, 0, PATIENCE).await?;
        parts.push(part(bench, name, began, before));
    }
    let ended = "select count(*) from bulk_change_row r join application a on a.id = r.application
                  where r.bulk_change = $1 and a.state = 'approved'";
    let ended = bench.count(ended, id).await?;
    ensure!(ended == rows as i64, "{ended} of {rows} procedures ended");
    Ok(report(&parts, rows, targets))
}

fn part(bench: &Bench<'_>, name: &'static str, began: Instant, before: Duration) -> Part {
    Part { name, elapsed: began.elapsed(), processor: bench.processor().saturating_sub(before) }
}

/// A line for every member of the office: another category from today on.
async fn file(bench: &Bench<'_>, rows: usize) -> Result<String> {
    let find = "select p.registry_number, p.family_kana, p.given_kana, m.category
                  from membership m join physician p on p.id = m.physician
                  join membership n on n.physician = m.physician and n.tier = 'national' and n.valid_until is null
                 where m.association = $1 and m.valid_until is null and m.cause <> 'joining'
                 order by p.id limit $2";
    let limit = i64::try_from(rows)?;
    let people: Vec<(String, String, String, String)> = on!(bench.db.pools(), pool => {
        sqlx::query_as(find).bind(bench.fujisawa).bind(limit).fetch_all(pool).await?
    });
    ensure!(people.len() == rows, "{} members of {rows}", people.len());
    let mut text = "医籍登録番号,姓カナ,名カナ,新会員区分,変更日\r\n".to_owned();
    let today = Day::of(Clock::Real.now());
    for (number, family, given, category) in people {
        let new = if category == "b" { "A②(B)" } else { "B" };
        text.push_str(&format!("{number},{family},{given},{new},{today}\r\n"));
    }
    Ok(text)
}

fn report(parts: &[Part], rows: usize, targets: &mut Table) -> String {
    let mut table = Table::new(&["bulk change", "seconds", "lines/s", "CPU s"]);
    for part in parts {
        let seconds = part.elapsed.as_secs_f64();
        table.row(vec![
            part.name.to_owned(),
            format!("{seconds:.1}"),
            rate(rows as f64 / seconds.max(f64::MIN_POSITIVE)),
            format!("{:.1}", part.processor.as_secs_f64()),
        ]);
    }
    let took: Duration = parts[..2].iter().map(|part| part.elapsed).sum();
    if rows >= LINES {
        targets.row(vec![
            format!("{} lines from the upload to carried out: at most 60 s", thousands(rows)),
            format!("{:.1} s", took.as_secs_f64()),
            verdict(took <= LONGEST).to_owned(),
        ]);
    }
    format!(
        "\n### Bulk change\n\n{} members get another category by one file; each line becomes a procedure with its \
         number, decisions, audit entries and letter, and the two associations above decide all of them in one act.\n\n{}",
        thousands(rows),
        table.markdown()
    )
}
