//! Workbooks are read back with calamine.

use std::io::Cursor;

use crate::samples::{board_packet, day};
use calamine::{Data, Reader, Xlsx};
use mamis_documents::workbook::{Cell, Column, List, sheet};
use mamis_documents::{CoverLetter, FontFolder, Printer, Sample};
use mamis_rules::base::{Credits, Yen};

fn rows(xlsx: Vec<u8>) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(xlsx)).expect("a workbook");
    let range = book.worksheet_range("一覧").expect("the sheet");
    range.rows().map(<[Data]>::to_vec).collect()
}

fn list(sample: Sample) -> List {
    List {
        title: "会員一覧".into(),
        date: day("2026-11-22"),
        sample,
        columns: vec![
            Column::text("番号"),
            Column::text("氏名"),
            Column::amount("単位"),
            Column::amount("会費"),
            Column::text("入会日"),
        ],
        rows: vec![vec![
            Cell::Text("0012".into()),
            Cell::Text("=𠮷田+1".into()),
            Cell::Credits(Credits::from_hundredths(1725)),
            Cell::Yen(Yen(12_000)),
            Cell::Day(day("2027-03-31")),
        ]],
    }
}

#[test]
fn cells_keep_their_kind() {
    let rows = rows(sheet(&list(Sample::None)).expect("written"));
    assert_eq!(rows[0][0], Data::String("会員一覧".into()));
    assert_eq!(rows[2][1], Data::String("氏名".into()));
    assert_eq!(rows[3][0], Data::String("0012".into()));
    assert_eq!(rows[3][1], Data::String("=𠮷田+1".into()));
    assert_eq!(rows[3][2], Data::Float(17.25));
    assert_eq!(rows[3][3], Data::Float(12_000.0));
    let Data::DateTime(date) = &rows[3][4] else {
        panic!("{:?}", rows[3][4]);
    };
    // 2027-03-31 is day 46,477 of Excel's calendar.
    assert_eq!(date.as_f64(), 46_477.0);
}

#[test]
fn a_sample_says_so() {
    let rows = rows(sheet(&list(Sample::Watermark)).expect("written"));
    assert_eq!(rows[0][0], Data::String("【見本】会員一覧".into()));
}

#[test]
fn a_packet_shows_every_category() {
    let printer = Printer::new(&FontFolder::None, Sample::None).expect("embedded fonts");
    let xlsx = printer.board_packet_xlsx(&board_packet(12, CoverLetter::None)).expect("written");
    let rows = rows(xlsx);
    let header: Vec<String> = rows[2].iter().map(ToString::to_string).collect();
    assert_eq!(header[4..10].join(" "), "前期 実地 後期 更新 専門 合計");
    assert_eq!(rows.len(), 3 + 12);
    assert_eq!(rows[3][1], Data::String("𠮷田　髙志".into()));
    assert_eq!(rows[3][9], Data::Float(50.5));
}
