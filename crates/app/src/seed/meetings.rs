//! Meetings of boards and committees, and the batches they decide.

use super::Seed;
use super::chance::at;
use super::offices::Officer;
use super::reference::OCCUPATIONAL;
use mamis_rules::base::{Day, FiscalYear};
use mamis_schema::{batch, batch_item};
use std::collections::HashMap;
use uuid::Uuid;

/// Batches opened so far, by office, body and day of the meeting; with their applications counted.
#[derive(Debug, Default)]
pub(super) struct Batches(HashMap<(usize, &'static str, Option<Day>), (usize, i32)>);

/// Puts the application into the batch of that meeting, which is opened when it is the first.
pub(super) fn put(
    seed: &mut Seed,
    batches: &mut Batches,
    application: Uuid,
    key: (usize, &'static str, Option<Day>),
    officer: &Officer,
    result: &str,
) -> Uuid {
    let (body, kind, held_on) = key;
    let (row, count) = batches.0.entry(key).or_insert_with(|| {
        let opened_on = held_on.unwrap_or(seed.today).plus_days(-10);
        let (code, year) = (seed.bodies.all[body].code.clone(), FiscalYear::of(opened_on).0);
        let count = seed.counts.batches.entry((code.clone(), year)).or_insert(0);
        *count += 1;
        let number = format!("{}-{code}-{year}-{count:03}", kind_mark(kind));
        seed.rows.batches.push(batch::Model {
            id: seed.ids.next(),
            number,
            association: seed.bodies.all[body].id,
            submitted_to: None,
            kind: "certification".to_owned(),
            scheme: OCCUPATIONAL.to_owned(),
            body: kind.to_owned(),
            state: if held_on.is_some() { "decided" } else { "collecting" }.to_owned(),
            held_on: held_on.map(Day::date),
            minutes_number: held_on
                .map(|day| format!("{}{}-{:02}{:02}", kind_mark(kind), day.year(), day.month(), day.day())),
            submitted_at: None,
            created_by: officer.account,
            created_at: at(opened_on, 9, 0),
            version: 1,
        });
        (seed.rows.batches.len() - 1, 0)
    });
    let (batch, position) = (seed.rows.batches[*row].id, *count);
    let minutes_number = seed.rows.batches[*row].minutes_number.clone();
    *count += 1;
    seed.rows.batch_items.push(batch_item::Model {
        batch,
        application,
        position,
        result: result.to_owned(),
        message: String::new(),
        held_on: held_on.map(Day::date),
        minutes_number,
    });
    batch
}

fn kind_mark(kind: &str) -> &'static str {
    if kind == "committee" { "運" } else { "理" }
}

/// Marks the batch and the application in it as gone up.
pub(super) fn submit(seed: &mut Seed, application: Uuid, batch: Uuid, day: Day) {
    if let Some(row) = seed.rows.batches.iter_mut().find(|row| row.id == batch) {
        "submitted".clone_into(&mut row.state);
        row.submitted_at = Some(at(day, 16, 0));
        let holder = seed.bodies.all.iter().find(|body| body.id == row.association);
        row.submitted_to = holder.and_then(|body| body.parent).map(|above| seed.bodies.all[above].id);
    }
    let of_this = |item: &&mut batch_item::Model| item.batch == batch && item.application == application;
    if let Some(item) = seed.rows.batch_items.iter_mut().rev().find(of_this) {
        "submitted".clone_into(&mut item.result);
    }
}
