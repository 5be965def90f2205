//! Lists that people upload: CSV in UTF-8 or CP932, or an Excel workbook, read as rows of text.

mod kind;

use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx};
use encoding_rs::SHIFT_JIS;

/// Columns read at most; an office's lists have about twenty.
const COLUMNS: u32 = 100;

/// What a workbook may unpack to: a hundred times the largest list of people.
const UNPACKED: u64 = 200 * 1024 * 1024;

/// A row with its number in the file, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Line of the CSV or row of the sheet.
    pub number: usize,
    /// The cells as text.
    pub cells: Vec<String>,
}

/// Why a list cannot be read, as a sentence for whoever uploaded it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Neither text in one of the two encodings nor a workbook.
    #[error(
        "ファイルの文字を読み取れませんでした。CSV（UTF-8 または Shift_JIS）か、Excel（.xlsx）で保存し直してください。"
    )]
    Encoding,
    /// Nothing stands in it.
    #[error(
        "ファイルに何も書かれていません。見出しの行と、その下に内容の行を書いたCSVか、Excel（.xlsx）のファイルを選んでください。"
    )]
    Empty,
    /// A file of another kind, with its name.
    #[error(
        "このファイルは{0}です。表を、CSV（UTF-8 または Shift_JIS）か、Excel（.xlsx）のファイルで送ってください。"
    )]
    Kind(&'static str),
    /// The workbook is damaged, protected by a password, or of the old kind.
    #[error(
        "Excelのファイルを開けませんでした。パスワードを外し、「Excel ブック（.xlsx）」で保存し直してください。"
    )]
    Workbook,
    /// More than the caller takes.
    #[error("行が多すぎます。{most}行までに分けてください。")]
    TooLong {
        /// What the caller takes.
        most: usize,
    },
}

/// Reads a list; empty rows are left out.
///
/// # Errors
/// [`Unreadable`].
pub fn read(content: &[u8], most: usize) -> Result<Vec<Row>, Unreadable> {
    if let Some(name) = kind::other(content) {
        return Err(Unreadable::Kind(name));
    }
    let mut rows = match content {
        [b'P', b'K', 3, 4, ..] => workbook(content, most)?,
        // The old binary workbook and a protected new one.
        [0xD0, 0xCF, 0x11, 0xE0, ..] => return Err(Unreadable::Workbook),
        _ => comma_separated(&text(content)?, most)?,
    };
    rows.retain(|row| row.cells.iter().any(|cell| !cell.trim().is_empty()));
    if rows.is_empty() { Err(Unreadable::Empty) } else { Ok(rows) }
}

/// UTF-8 where the bytes are UTF-8, else CP932, which encoding_rs calls Shift_JIS. Tabs and line ends are the only
/// control characters of a list.
fn text(content: &[u8]) -> Result<String, Unreadable> {
    let content = content.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(content);
    let text = match std::str::from_utf8(content) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            let (text, broken) = SHIFT_JIS.decode_without_bom_handling(content);
            if broken {
                return Err(Unreadable::Encoding);
            }
            text.into_owned()
        }
    };
    let is_strange = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n');
    if text.contains(is_strange) { Err(Unreadable::Encoding) } else { Ok(text) }
}

fn comma_separated(text: &str, most: usize) -> Result<Vec<Row>, Unreadable> {
    // The reader counts the second half of a line end of Windows to the next line.
    let text = text.replace("\r\n", "\n");
    // What is copied out of Excel is separated by tabs.
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains('\t') && !first.contains(',') { b'\t' } else { b',' };
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| Unreadable::Encoding)?;
        if rows.len() > most {
            return Err(Unreadable::TooLong { most });
        }
        let line = record.position().map_or(0, ::csv::Position::line);
        let cells = record.iter().take(COLUMNS as usize).map(harmless).collect();
        rows.push(Row { number: usize::try_from(line).unwrap_or_default(), cells });
    }
    Ok(rows)
}

/// The apostrophe that our own lists put before a formula goes again.
fn harmless(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest.to_owned(),
        _ => cell.to_owned(),
    }
}

/// Cell by cell: a sheet with one cell in its last corner would fill the memory as a grid.
fn workbook(content: &[u8], most: usize) -> Result<Vec<Row>, Unreadable> {
    if unpacked(content) > UNPACKED {
        return Err(Unreadable::Workbook);
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(content)).map_err(|_| Unreadable::Workbook)?;
    let name = book.sheet_names().first().cloned().ok_or(Unreadable::Workbook)?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(|_| Unreadable::Workbook)?;
    let mut rows: Vec<Row> = Vec::new();
    while let Some(cell) = cells.next_cell().map_err(|_| Unreadable::Workbook)? {
        let (row, column) = cell.get_position();
        let text = shown(cell.get_value());
        if column >= COLUMNS || text.is_empty() {
            continue;
        }
        let number = usize::try_from(row).unwrap_or(usize::MAX).saturating_add(1);
        if rows.last().is_none_or(|last| last.number != number) {
            if rows.len() > most {
                return Err(Unreadable::TooLong { most });
            }
            rows.push(Row { number, cells: Vec::new() });
        }
        if let Some(last) = rows.last_mut() {
            let at = column as usize;
            if last.cells.len() <= at {
                last.cells.resize(at + 1, String::new());
            }
            last.cells[at] = text;
        }
    }
    Ok(rows)
}

/// What the parts of an archive say they unpack to: the fields of its directory (APPNOTE 4.3.12).
fn unpacked(content: &[u8]) -> u64 {
    let entries = content.windows(28).filter(|bytes| bytes.starts_with(b"PK\x01\x02"));
    entries.map(|bytes| u64::from(u32::from_le_bytes([bytes[24], bytes[25], bytes[26], bytes[27]]))).sum()
}

/// A cell as people read it: whole numbers without a fraction, days as 2027-04-01.
fn shown(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(is_true) => is_true.to_string(),
        DataRef::DateTime(instant) => {
            let (year, month, day, ..) = instant.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sample;
    use crate::csv::{Encoding, csv};
    use crate::workbook::{Cell, Column, List, sheet};
    use mamis_rules::base::Day;

    fn columns() -> Vec<Column> {
        ["医籍登録番号", "氏名", "変更日"].map(Column::text).into()
    }

    fn list() -> Vec<Vec<Cell>> {
        let day = Day::parse("2027-04-01").expect("a day");
        vec![vec![Cell::Text("001234".into()), Cell::Text("髙橋 桜".into()), Cell::Day(day)]]
    }

    fn texts(rows: &[Row]) -> Vec<Vec<&str>> {
        rows.iter().map(|row| row.cells.iter().map(String::as_str).collect()).collect()
    }

    #[test]
    fn both_encodings_and_a_workbook_read_the_same() {
        let header = ["医籍登録番号", "氏名", "変更日"];
        for encoding in [Encoding::Utf8WithMark, Encoding::Cp932] {
            let file = csv(&columns(), &list(), encoding).expect("writes").bytes;
            let rows = read(&file, 10).expect("reads");
            assert_eq!(texts(&rows), [header, ["001234", "髙橋 桜", "2027-04-01"]], "{encoding:?}");
            assert_eq!((rows[0].number, rows[1].number), (1, 2));
        }
        let date = Day::parse("2026-11-22").expect("a day");
        let list =
            List { title: "一覧".into(), date, sample: Sample::None, columns: columns(), rows: list() };
        let rows = read(&sheet(&list).expect("writes"), 10).expect("reads");
        let at = rows.iter().position(|row| row.cells == header).expect("the header, below the title");
        assert_eq!(texts(&rows[at + 1..]), [["001234", "髙橋 桜", "2027-04-01"]]);
        assert_eq!(rows[at + 1].number, rows[at].number + 1);
    }

    #[test]
    fn what_is_no_list_is_refused_with_what_to_do() {
        assert_eq!(read(b"\x00\x01\x02", 10), Err(Unreadable::Encoding));
        assert_eq!(read(&[0x82], 10), Err(Unreadable::Encoding), "half a character of CP932");
        assert_eq!(read(b"PK\x03\x04[Content_Types].xml broken", 10), Err(Unreadable::Workbook));
        for nothing in [&b""[..], b"\xEF\xBB\xBF", b"\r\n ,\r\n"] {
            assert_eq!(read(nothing, 10), Err(Unreadable::Empty), "{nothing:?}");
        }
        assert_eq!(read(b"%PDF-1.7 ...", 10), Err(Unreadable::Kind("PDF")));
        assert_eq!(read(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1], 10), Err(Unreadable::Workbook));
        assert_eq!(read(b"a\nb\nc\nd\n", 2), Err(Unreadable::TooLong { most: 2 }));
        let mut bomb = b"PK\x01\x02".to_vec();
        bomb.resize(28, 0xFF);
        assert!(unpacked(&bomb) > UNPACKED);
    }

    #[test]
    fn empty_rows_are_left_out_and_lines_keep_their_numbers() {
        let rows = read("氏名\tカナ\r\n\r\n\t\r\n佐藤\tサトウ\r\n".as_bytes(), 10).expect("reads");
        assert_eq!(texts(&rows), [["氏名", "カナ"], ["佐藤", "サトウ"]]);
        assert_eq!(rows[1].number, 4);
        let own = csv(&[Column::text("備考")], &[vec![Cell::Text("=1+1".into())]], Encoding::Utf8WithMark);
        let rows = read(&own.expect("writes").bytes, 10).expect("reads");
        assert_eq!(rows[1].cells, ["=1+1"], "our own mark before a formula goes again");
    }
}
