//! The ledger as a file.

use super::lists::ledger::{self, Filter, Line};
use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::{Error, Result};
use mamis_documents::csv::{Encoding, csv};
use mamis_documents::workbook::{Cell, Column};
use serde_json::json;

/// The members of an association on a day, as CSV that Excel reads with every name. It leaves an entry.
///
/// # Errors
/// [`Error::NotFound`] for other associations, [`Error::Refused`] when there are too many; a fault of the database.
#[crate::boxed]
pub async fn comma_separated(cx: &Cx, filter: &Filter) -> Result<Vec<u8>> {
    let body = ledger::of(cx, filter.association).await?;
    let lines = ledger::everybody(cx, filter).await?;
    let columns =
        ["基準日", "医師会", "氏名", "フリガナ", "会員区分", "所属の始まり", "所属の終わり", "始まりの理由"];
    let cells: Vec<Vec<Cell>> = lines.iter().map(|line| cells(line, filter, &body.name)).collect();
    let file = csv(&columns.map(Column::text), &cells, Encoding::Utf8WithMark).map_err(Error::fault)?;
    super::actions::note_export(cx, filter, lines.len()).await?;
    Ok(file.bytes)
}

fn cells(line: &Line, filter: &Filter, body: &str) -> Vec<Cell> {
    let text = |text: &str| if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) };
    vec![
        Cell::Day(filter.on),
        text(body),
        text(&line.name),
        text(&line.kana),
        text(&line.category),
        Cell::Day(line.from),
        line.until.map_or(Cell::Empty, Cell::Day),
        text(line.cause),
    ]
}

/// The entry that an export leaves.
pub(super) fn entry(filter: &Filter, rows: usize) -> Entry {
    let detail = json!({"association": filter.association, "on": filter.on, "rows": rows});
    Entry::of_list("membership.export", "membership").with(detail)
}
