//! What an office takes out of the system about a bulk change: the template, the list of its members to fill in, and
//! the result.

use super::actions::note_export;
use super::lists::{self, Found, RowLine};
use crate::cx::Cx;
use crate::error::{Error, Result};
use mamis_documents::csv::{Encoding, csv};
use mamis_documents::workbook::{Cell, Column, List, sheet};
use mamis_rules::access::bulk_change as access;
use mamis_rules::base::{AssociationId, BulkChangeId};
use mamis_rules::bulk_change::{IDENTITY, Kind, State};

/// How a list leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum As {
    /// CSV in UTF-8, which holds every name.
    Csv,
    /// An Excel workbook.
    Workbook,
}

/// The template of a kind: the headers, and nothing below them.
///
/// # Errors
/// A fault when the file cannot be written.
pub fn template(cx: &Cx, kind: Kind, how: As) -> Result<Vec<u8>> {
    written(cx, kind.label(), how, headers(kind), Vec::new())
}

fn headers(kind: Kind) -> Vec<Column> {
    IDENTITY.iter().chain(kind.columns()).map(|name| Column::text(*name)).collect()
}

fn written(cx: &Cx, title: &str, how: As, columns: Vec<Column>, rows: Vec<Vec<Cell>>) -> Result<Vec<u8>> {
    match how {
        As::Csv => Ok(csv(&columns, &rows, Encoding::Utf8WithMark).map_err(Error::fault)?.bytes),
        As::Workbook => {
            let (date, sample) = (cx.today(), cx.app.printer.sample());
            sheet(&List { title: title.to_owned(), date, sample, columns, rows }).map_err(Error::fault)
        }
    }
}

/// The template with the members of an association filled in, of one category or of all: the office deletes whom it
/// does not mean and writes what changes.
///
/// # Errors
/// [`Error::Refused`] for other offices; a fault.
#[crate::boxed]
pub async fn members(
    cx: &Cx,
    association: AssociationId,
    kind: Kind,
    category: &str,
    how: As,
) -> Result<Vec<u8>> {
    let facts = lists::facts(cx.db(), association, State::Checked).await?;
    access::may_enter(&cx.actor, &facts)?;
    let people = lists::people::to_fill_in(cx.db(), association, category, cx.today()).await?;
    note_export(cx, "members", people.len()).await?;
    let rows = people.into_iter().map(|person| {
        let text = |value: Option<String>| Cell::Text(value.unwrap_or_default());
        vec![
            text(person.registry_number),
            text(person.national_member_id),
            Cell::Text(person.family_kana),
            Cell::Text(person.given_kana),
            Cell::Day(person.birth_on.into()),
        ]
    });
    written(cx, kind.label(), how, headers(kind), rows.collect())
}

/// What became of every line, with the columns of the file.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] for other offices; a fault.
#[crate::boxed]
pub async fn result(cx: &Cx, id: BulkChangeId, how: As) -> Result<(String, Vec<u8>)> {
    let found = lists::find(cx, cx.db(), id).await?;
    access::may_enter(&cx.actor, &found.facts)?;
    let lines = lists::all(cx, &found).await?;
    note_export(cx, "result", lines.len()).await?;
    let mut columns: Vec<Column> =
        ["行", "氏名", "結果", "内容", "理由", "申請番号"].map(Column::text).into();
    let own: Vec<&str> = IDENTITY.iter().chain(found.kind.columns()).copied().collect();
    columns.extend(own.iter().map(|name| Column::text(*name)));
    let rows = lines.into_iter().map(|(line, number)| cells(line, number, &own)).collect::<Result<_>>()?;
    Ok((found.row.number.clone(), written(cx, &title(&found), how, columns, rows)?))
}

fn title(found: &Found) -> String {
    format!("{} {}", found.row.number, found.kind.label())
}

fn cells(line: RowLine, number: String, own: &[&str]) -> Result<Vec<Cell>> {
    let read: Vec<(String, String)> = serde_json::from_str(&line.row.cells)?;
    let cell = |name: &&str| {
        let found = read.iter().find(|(known, _)| known == name);
        Cell::Text(found.map(|(_, text)| text.clone()).unwrap_or_default())
    };
    let mut cells = vec![
        Cell::Text(line.row.line.to_string()),
        Cell::Text(line.name),
        Cell::Text(line.state.label().to_owned()),
        Cell::Text(line.row.what),
        Cell::Text(line.row.problem),
        Cell::Text(number),
    ];
    cells.extend(own.iter().map(cell));
    Ok(cells)
}
