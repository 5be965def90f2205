//! Counting. The periods are read once for many days at a time, person by person, and only numbers that changed are
//! written: a report may reach back a year, what lies further back stays as it was counted.

use super::lists::{self, HISTORY};
use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::jobs::Report;
use head_count::Column as H;
use mamis_rules::base::Day;
use mamis_rules::membership::head_count::{self as rules, CELLS, Cell, Person};
use mamis_schema::{association_ancestor, head_count};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// Days counted in one reading, and those that are counted anew every night: the periods of the last year may still
/// change (`membership::check_day`).
const DAYS: usize = 13;

/// Associations written in one transaction.
const WRITTEN: usize = 100;

/// Rows of one insert.
const ROWS: usize = 500;

/// Counts the members on the first days of the months: those of the last year, and those of the years before that
/// were never counted.
///
/// # Errors
/// A fault of the database; the months counted before stay counted.
#[crate::boxed]
pub async fn count(cx: &Cx) -> Result<Report> {
    let known = lists::counted_days(cx).await?;
    let days = lists::firsts(cx.today());
    let (recent, older) = days.split_at(days.len().min(DAYS));
    let missing: Vec<Day> = older.iter().copied().filter(|day| !known.contains(day)).collect();
    let mut done = 0;
    for days in std::iter::once(recent).chain(missing.chunks(DAYS)) {
        done += count_days(cx, days).await?;
    }
    Ok(Report { done, sentence: format!("{done} numbers of members of {} months back", HISTORY) })
}

/// The heads of one association, by day and cell; nothing until somebody is counted.
type Tally = Vec<[i32; 4]>;

/// The tree, for adding a head to every association above.
struct Tree {
    /// Every association, the lowest first: the top is written last, so that its rows say that a day is done.
    ids: Vec<Uuid>,
    above: HashMap<Uuid, Vec<usize>>,
}

impl Tree {
    async fn load(cx: &Cx) -> Result<Self> {
        let rows = association_ancestor::Entity::find().all(cx.db()).await?;
        let mut heights: HashMap<Uuid, i32> = HashMap::new();
        for row in &rows {
            let height = heights.entry(row.ancestor).or_default();
            *height = (*height).max(row.depth);
        }
        let mut ids: Vec<Uuid> = heights.keys().copied().collect();
        ids.sort_by_key(|id| (heights.get(id).copied(), *id));
        let place: HashMap<Uuid, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let mut above: HashMap<Uuid, Vec<usize>> = HashMap::new();
        for row in rows {
            above.entry(row.association).or_default().extend(place.get(&row.ancestor));
        }
        Ok(Self { ids, above })
    }
}

async fn count_days(cx: &Cx, days: &[Day]) -> Result<u64> {
    let tree = Tree::load(cx).await?;
    let mut tallies: Vec<Tally> = vec![Vec::new(); tree.ids.len()];
    let mut last = Uuid::nil();
    while let Some(page) = lists::people_after(cx, last).await? {
        cx.app.stopping.check()?;
        last = page.last;
        for (person, periods) in &page.people {
            add(&tree, &mut tallies, days, person, periods);
        }
    }
    write(cx, days, &tree, &tallies).await
}

fn add(
    tree: &Tree,
    tallies: &mut [Tally],
    days: &[Day],
    person: &Person,
    periods: &[mamis_rules::membership::Period],
) {
    for (at, day) in days.iter().enumerate() {
        let Some(member) = rules::member(person, periods, *day) else { continue };
        for body in tree.above.get(&member.home.into()).into_iter().flatten() {
            let tally = &mut tallies[*body];
            if tally.is_empty() {
                tally.resize(days.len() * CELLS, [0; 4]);
            }
            for (tier, cell) in &member.heads {
                tally[at * CELLS + cell.index()][*tier as usize] += 1;
            }
        }
    }
}

/// Writes the numbers that differ from those that stand there.
async fn write(cx: &Cx, days: &[Day], tree: &Tree, tallies: &[Tally]) -> Result<u64> {
    let mut done = 0;
    let bodies: Vec<(Uuid, &Tally)> = tree.ids.iter().copied().zip(tallies).collect();
    for bodies in bodies.chunks(WRITTEN) {
        cx.app.stopping.check()?;
        let mut tx = cx.begin().await?;
        let standing = head_count::Entity::find()
            .filter(H::Association.is_in(bodies.iter().map(|(id, _)| *id)))
            .filter(H::CountedOn.is_in(days.iter().map(|day| day.date())))
            .all(tx.db())
            .await?;
        let changed = differing(days, bodies, standing)?;
        for rows in changed.chunks(ROWS) {
            let rows = rows.iter().cloned().map(|row| head_count::ActiveModel::from(row).reset_all());
            let newer = OnConflict::columns([H::Association, H::CountedOn, H::Category, H::Sex, H::AgeBand])
                .update_columns([H::District, H::Municipal, H::Prefectural, H::National])
                .to_owned();
            head_count::Entity::insert_many(rows).on_conflict(newer).exec_without_returning(tx.db()).await?;
        }
        if changed.is_empty() {
            continue;
        }
        let detail = json!({"associations": bodies.len(), "days": days.len(), "numbers": changed.len()});
        tx.audit(Entry::of_list("head_count.count", "head_count").with(detail));
        tx.commit().await?;
        done += changed.len() as u64;
    }
    Ok(done)
}

/// The rows to be written: what is not there yet, what changed, and zeros where nobody is left.
fn differing(
    days: &[Day],
    bodies: &[(Uuid, &Tally)],
    standing: Vec<head_count::Model>,
) -> Result<Vec<head_count::Model>> {
    let mut known: HashMap<(Uuid, usize), head_count::Model> = HashMap::new();
    for row in standing {
        let Some(at) = days.iter().position(|day| day.date() == row.counted_on) else { continue };
        known.insert((row.association, at * CELLS + lists::cell(&row)?.index()), row);
    }
    let mut changed = Vec::new();
    for (id, tally) in bodies {
        for place in 0..days.len() * CELLS {
            let heads = tally.get(place).copied().unwrap_or_default();
            let row = row(*id, days, place, heads)?;
            match known.get(&(*id, place)) {
                Some(known) if *known == row => {}
                None if heads == [0; 4] => {}
                _ => changed.push(row),
            }
        }
    }
    Ok(changed)
}

fn row(association: Uuid, days: &[Day], place: usize, heads: [i32; 4]) -> Result<head_count::Model> {
    let beyond = || Error::fault("there is no such cell");
    let cell = Cell::at(place % CELLS).ok_or_else(beyond)?;
    let day = days.get(place / CELLS).ok_or_else(beyond)?;
    // In the order of `Tier::ALL`.
    let [national, prefectural, municipal, district] = heads;
    Ok(head_count::Model {
        association,
        counted_on: day.date(),
        category: cell.category.name().to_owned(),
        sex: cell.sex.name().to_owned(),
        age_band: cell.band.name().to_owned(),
        district,
        municipal,
        prefectural,
        national,
    })
}
