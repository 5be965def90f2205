//! Lists as Excel workbooks: one sheet, ready to filter and to print.

use mamis_rules::base::{Credits, Day, Yen};
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use crate::{DocumentError, Sample};

/// Ships with Windows 10 and later, and is the face of the PDFs.
const FONT: &str = "BIZ UDGothic";

/// Rows above the list: the title and the date.
const ROWS_ABOVE: u32 = 2;

/// Columns become no wider than this, in characters; longer texts are wrapped.
const WIDEST: f64 = 48.0;

/// A list with a title and a date.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// The title, on the sheet and in the file's properties.
    pub title: String,
    /// The day it was made.
    pub date: Day,
    /// Whether 見本 is printed.
    pub sample: Sample,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows. A row with fewer cells than there are columns ends early.
    pub rows: Vec<Vec<Cell>>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub header: String,
    /// How its cells stand.
    pub kind: ColumnKind,
}

/// How the cells of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// To the left.
    Text,
    /// To the right.
    Amount,
}

impl Column {
    /// A column of texts or days.
    pub fn text(header: impl Into<String>) -> Self {
        Self { header: header.into(), kind: ColumnKind::Text }
    }

    /// A column of numbers, credits or money.
    pub fn amount(header: impl Into<String>) -> Self {
        Self { header: header.into(), kind: ColumnKind::Amount }
    }
}

/// A cell. A text is always a text: `=1+1` is shown, never computed, and `0123` keeps its zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Credits, a number with up to two decimals.
    Credits(Credits),
    /// Money in yen, with commas.
    Yen(Yen),
    /// A day, a real date of Excel.
    Day(Day),
}

impl Cell {
    /// As CSV holds it: numbers without commas, days as `2027-03-31`.
    pub fn plain(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Credits(credits) => credits.to_string(),
            Self::Yen(yen) => yen.0.to_string(),
            Self::Day(day) => day.to_string(),
        }
    }
}

/// Makes the workbook. The same list gives the same bytes.
///
/// # Errors
/// [`DocumentError::Workbook`] when a text is longer than a cell of Excel (32,767 characters).
pub fn sheet(list: &List) -> Result<Vec<u8>, DocumentError> {
    let mut workbook = Workbook::new();
    let created = excel_day(list.date)?;
    workbook.set_properties(
        &DocProperties::new().set_title(&list.title).set_author("MAMIS").set_creation_datetime(&created),
    );
    let worksheet = workbook.add_worksheet();
    worksheet.set_name("一覧")?;
    write_head(worksheet, list)?;
    let formats = Formats::new();
    for (at, row) in (ROWS_ABOVE + 1..).zip(&list.rows) {
        for (column, cell) in (0u16..).zip(row) {
            write_cell(worksheet, at, column, cell, &formats)?;
        }
    }
    set_widths(worksheet, list)?;
    set_page(worksheet, list)?;
    Ok(workbook.save_to_buffer()?)
}

struct Formats {
    text: Format,
    number: Format,
    credits: Format,
    yen: Format,
    day: Format,
}

impl Formats {
    fn new() -> Self {
        let cell = Format::new()
            .set_font_name(FONT)
            .set_font_size(10)
            .set_align(FormatAlign::Top)
            .set_border(FormatBorder::Hair);
        Self {
            text: cell.clone().set_text_wrap().set_num_format("@"),
            number: cell.clone().set_num_format("0"),
            credits: cell.clone().set_num_format("0.##;-0.##;0"),
            yen: cell.clone().set_num_format("#,##0"),
            day: cell.set_num_format("yyyy/mm/dd"),
        }
    }
}

fn write_head(worksheet: &mut Worksheet, list: &List) -> Result<(), XlsxError> {
    let plain = Format::new().set_font_name(FONT).set_font_size(10);
    let title = Format::new().set_font_name(FONT).set_font_size(14).set_bold();
    let header = plain
        .clone()
        .set_bold()
        .set_background_color(Color::RGB(0x00E8_EEF4))
        .set_border(FormatBorder::Thin)
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_text_wrap();
    let text = match list.sample {
        Sample::None => list.title.clone(),
        Sample::Watermark => format!("【見本】{}", list.title),
    };
    worksheet.write_string_with_format(0, 0, text, &title)?;
    let below = format!("{}　{}件", list.date.japanese(), list.rows.len());
    worksheet.write_string_with_format(1, 0, below, &plain)?;
    for (at, column) in (0u16..).zip(&list.columns) {
        worksheet.write_string_with_format(ROWS_ABOVE, at, &column.header, &header)?;
    }
    Ok(())
}

fn write_cell(
    worksheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    formats: &Formats,
) -> Result<(), DocumentError> {
    match cell {
        Cell::Empty => worksheet.write_blank(row, column, &formats.text)?,
        Cell::Text(text) => worksheet.write_string_with_format(row, column, text, &formats.text)?,
        Cell::Number(number) => {
            worksheet.write_number_with_format(row, column, exact(*number), &formats.number)?
        }
        Cell::Credits(credits) => {
            let amount = exact(credits.hundredths()) / 100.0;
            worksheet.write_number_with_format(row, column, amount, &formats.credits)?
        }
        Cell::Yen(yen) => worksheet.write_number_with_format(row, column, exact(yen.0), &formats.yen)?,
        Cell::Day(day) => {
            worksheet.write_datetime_with_format(row, column, excel_day(*day)?, &formats.day)?
        }
    };
    Ok(())
}

/// Excel knows only floating-point numbers; whole ones are exact up to 2^53, far above any amount
/// here.
fn exact(number: i64) -> f64 {
    number as f64
}

/// Excel's calendar begins in 1900; earlier days do not occur in this domain but are no crash.
fn excel_day(day: Day) -> Result<ExcelDateTime, XlsxError> {
    let year = u16::try_from(day.year()).unwrap_or(0);
    let month = u8::try_from(day.month()).expect("months are 1 to 12");
    let of_month = u8::try_from(day.day()).expect("days of a month are 1 to 31");
    ExcelDateTime::from_ymd(year, month, of_month)
}

fn set_widths(worksheet: &mut Worksheet, list: &List) -> Result<(), XlsxError> {
    for (at, column) in (0u16..).zip(&list.columns) {
        let of_cells = list.rows.iter().filter_map(|row| row.get(usize::from(at)));
        let widest = of_cells.map(|cell| width(&cell.plain())).fold(width(&column.header), f64::max);
        let floor = match column.kind {
            ColumnKind::Text => 8.0,
            ColumnKind::Amount => 7.0,
        };
        worksheet.set_column_width(at, (widest + 2.0).clamp(floor, WIDEST))?;
    }
    Ok(())
}

/// In half-width characters; kanji and kana count two.
fn width(text: &str) -> f64 {
    text.chars().map(|one| if one.is_ascii() { 1.0 } else { 2.0 }).sum()
}

fn set_page(worksheet: &mut Worksheet, list: &List) -> Result<(), XlsxError> {
    const A4: u8 = 9;
    worksheet.set_freeze_panes(ROWS_ABOVE + 1, 0)?;
    worksheet.set_landscape();
    worksheet.set_paper_size(A4);
    worksheet.set_print_fit_to_pages(1, 0);
    worksheet.set_repeat_rows(ROWS_ABOVE, ROWS_ABOVE)?;
    worksheet.set_footer("&C&P / &N");
    if list.sample == Sample::Watermark {
        worksheet.set_header("&C&20見本");
    }
    let last_row = ROWS_ABOVE.saturating_add(u32::try_from(list.rows.len()).unwrap_or(u32::MAX));
    if let Some(last_column) = list.columns.len().checked_sub(1) {
        let last_column = u16::try_from(last_column).unwrap_or(u16::MAX);
        worksheet.autofilter(ROWS_ABOVE, 0, last_row, last_column)?;
    }
    Ok(())
}
