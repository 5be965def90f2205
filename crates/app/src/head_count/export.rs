//! Head-counts as a file: numbers, nobody's name.

use super::lists::{self, Body};
use crate::cx::Cx;
use crate::error::{Error, Result};
use mamis_documents::csv::{Encoding, csv};
use mamis_documents::workbook::{Cell, Column};

/// Every number of an association, as CSV.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn comma_separated(cx: &Cx, body: &Body) -> Result<Vec<u8>> {
    let (_, counts) = lists::counts(cx, body).await?;
    let words = ["基準日", "医師会", "会員区分", "性別", "年齢"].map(Column::text);
    // In the order of `Tier::ALL`.
    let numbers = ["日本医師会の会員", "都道府県医師会の会員", "郡市区等医師会の会員", "地区医師会の会員"]
        .map(Column::text);
    let columns: Vec<Column> = words.into_iter().chain(numbers).collect();
    let text = |text: &str| Cell::Text(text.to_owned());
    let rows: Vec<Vec<Cell>> = counts
        .iter()
        .map(|count| {
            let cell = count.cell;
            let words = [text(&body.row.name), text(cell.category.label()), text(cell.sex.label())];
            std::iter::once(Cell::Day(count.on))
                .chain(words)
                .chain([text(cell.band.label())])
                .chain(count.heads.map(Cell::Number))
                .collect()
        })
        .collect();
    Ok(csv(&columns, &rows, Encoding::Utf8WithMark).map_err(Error::fault)?.bytes)
}
