//! Lists of an office as files.

use super::lists::applications::Row;
use crate::cx::Cx;
use crate::error::{Error, Result};
use mamis_documents::csv::{Encoding, csv};
use mamis_documents::workbook::{Cell, Column, List, sheet};
use mamis_rules::base::Day;

/// Applications as CSV that Excel reads with every name.
///
/// # Errors
/// A fault when the file cannot be written.
pub fn comma_separated(rows: &[Row]) -> Result<Vec<u8>> {
    Ok(csv(&columns(), &cells(rows), Encoding::Utf8WithMark).map_err(Error::fault)?.bytes)
}

/// Applications as an Excel workbook.
///
/// # Errors
/// A fault when a text is too long for a cell.
pub fn workbook(cx: &Cx, rows: &[Row]) -> Result<Vec<u8>> {
    let list = List {
        title: "認定の申請".to_owned(),
        date: cx.today(),
        sample: cx.app.printer.sample(),
        columns: columns(),
        rows: cells(rows),
    };
    sheet(&list).map_err(Error::fault)
}

fn columns() -> Vec<Column> {
    [
        "申請番号",
        "氏名",
        "フリガナ",
        "手続き",
        "申請先",
        "状態",
        "いまの担当",
        "届いた日",
        "期限",
        "単位の確認",
        "審査登録料",
    ]
    .map(Column::text)
    .into()
}

fn cells(rows: &[Row]) -> Vec<Vec<Cell>> {
    let day = |day: Option<Day>| day.map_or(Cell::Empty, Cell::Day);
    rows.iter()
        .map(|row| {
            vec![
                Cell::Text(row.number.clone()),
                Cell::Text(row.name.clone()),
                Cell::Text(row.kana.clone()),
                Cell::Text(row.procedure.clone()),
                Cell::Text(row.applied_to.clone()),
                Cell::Text(row.state.label().to_owned()),
                Cell::Text(row.desk.clone()),
                day(row.since),
                day(row.due),
                Cell::Text(row.doubt.label().to_owned()),
                Cell::Text(if row.fee_received { "受領済み" } else { "未受領" }.to_owned()),
            ]
        })
        .collect()
}
