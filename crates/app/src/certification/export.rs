//! The ledger as a file.

use super::lists::ledger::Line;
use crate::error::{Error, Result};
use mamis_documents::csv::{Encoding, csv};
use mamis_documents::workbook::{Cell, Column};
use mamis_rules::base::Day;
use mamis_rules::certification::Loss;

/// The ledger as CSV that Excel reads with every name.
///
/// # Errors
/// A fault when the file cannot be written.
pub fn comma_separated(lines: &[Line]) -> Result<Vec<u8>> {
    let columns = [
        "制度",
        "認定番号",
        "氏名",
        "フリガナ",
        "医籍登録番号",
        "医師会",
        "有効期間の始まり",
        "有効期限",
        "更新できる期限",
        "状態",
        "資格を失った日",
        "区分",
        "理由",
    ]
    .map(Column::text);
    let cells: Vec<Vec<Cell>> = lines.iter().map(cells).collect();
    Ok(csv(&columns, &cells, Encoding::Utf8WithMark).map_err(Error::fault)?.bytes)
}

fn cells(line: &Line) -> Vec<Cell> {
    let row = &line.row;
    let text = |text: &str| if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) };
    let loss = row.ended_as.as_deref().and_then(|name| name.parse::<Loss>().ok());
    vec![
        text(line.scheme.label()),
        text(&row.number),
        text(&line.name),
        text(&line.kana),
        text(&line.registry_number),
        text(&line.association),
        Cell::Day(row.valid_from.into()),
        Cell::Day(row.valid_until.into()),
        Cell::Day(line.expires_on),
        text(line.standing.label()),
        row.ended_on.map_or(Cell::Empty, |day| Cell::Day(Day::from(day))),
        text(loss.map_or("", Loss::label)),
        text(row.ended_reason.as_deref().unwrap_or_default()),
    ]
}
