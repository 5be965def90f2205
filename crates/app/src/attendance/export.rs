//! The people of a training as a file.

use super::lists::Register;
use crate::audit::Entry;
use crate::cx::Cx;
use crate::decision::clock_time;
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use mamis_documents::csv::{Encoding, csv};
use mamis_documents::workbook::{Cell, Column};
use mamis_rules::access;
use mamis_rules::base::Day;
use serde_json::json;

/// Signups and attendance as CSV that Excel reads with every name. The host, who must reach people, finds how to;
/// the taking of such a file leaves an entry.
///
/// # Errors
/// A fault of the database, or when the file cannot be written.
#[crate::boxed]
pub async fn comma_separated(cx: &Cx, register: &Register) -> Result<Vec<u8>> {
    let standing = &register.shown.standing;
    let is_host = access::training::may_receive(&cx.actor, &standing.facts()).is_ok();
    let file = csv(&columns(register, is_host), &cells(cx, register, is_host), Encoding::Utf8WithMark);
    let bytes = file.map_err(Error::fault)?.bytes;
    let mut tx = cx.begin().await?;
    let detail = json!({"people": register.people.len(), "with_contact": is_host});
    tx.audit(Entry::new("attendance.export", "training", standing.row.id).with(detail));
    tx.commit().await?;
    Ok(bytes)
}

fn columns(register: &Register, is_host: bool) -> Vec<Column> {
    let mut columns: Vec<Column> =
        ["申込順", "氏名", "フリガナ", "医籍登録番号", "申込日", "入室", "退室"].map(Column::text).into();
    columns.extend((1..=register.shown.sessions.len()).map(|number| Column::text(format!("演題{number}"))));
    columns.push(Column::text("備考"));
    if is_host {
        columns.extend(["メールアドレス", "電話番号"].map(Column::text));
    }
    columns
}

fn cells(cx: &Cx, register: &Register, is_host: bool) -> Vec<Vec<Cell>> {
    let text = |text: &Option<String>| text.clone().map_or(Cell::Empty, Cell::Text);
    let time = |at: Option<DateTime<Utc>>| at.map_or(Cell::Empty, |at| Cell::Text(clock_time(at)));
    let line = |person: &super::lists::Attendee| {
        let mut cells = vec![
            person.order_number.map_or_else(|| Cell::Text("申込みなし".to_owned()), Cell::Number),
            Cell::Text(person.name()),
            Cell::Text(person.kana()),
            text(&person.registry_number),
            person.signed_up_at.map_or(Cell::Empty, |at| Cell::Day(Day::of(at))),
            time(person.in_at),
            time(person.out_at),
        ];
        let sessions = register.shown.sessions.iter();
        cells.extend(sessions.map(|session| {
            let begun = cx.now >= session.starts_at;
            if begun {
                Cell::Text(person.at(&register.shown.standing, session).label().to_owned())
            } else {
                Cell::Empty
            }
        }));
        cells.push(text(&person.remark));
        if is_host {
            cells.extend([text(&person.email), text(&person.phone)]);
        }
        cells
    };
    register.people.iter().map(line).collect()
}
