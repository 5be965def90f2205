//! Found people as a file, and as address labels.

use super::actions::note_export;
use super::lists::people::{Person, people};
use super::lists::search::{EXPORT, Filter, everybody};
use crate::cx::Cx;
use crate::document::print::told;
use crate::error::{Error, Result};
use crate::post_letter::lists::destination;
use mamis_documents::Address;
use mamis_documents::csv::{CsvFile, Encoding, csv};
use mamis_documents::workbook::{Cell, Column, List, sheet};
use mamis_rules::access::{self, Depth};
use mamis_rules::base::full_name;

pub use mamis_documents::LabelSheet;
pub use mamis_documents::csv::LostCharacter;

/// Labels printed at once: some 170 sheets of 12.
pub const LABELS: u64 = 2_000;

/// Kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// CSV that holds every name.
    Utf8,
    /// CSV for old programs.
    Cp932,
    /// Excel.
    Workbook,
}

/// What became of a wish for a file.
#[derive(Debug)]
pub enum Made {
    /// The file.
    File(Vec<u8>),
    /// CP932 does not hold some characters; they are shown before the file is taken.
    Lossy(Vec<LostCharacter>),
}

/// What to do with characters that CP932 does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Say which.
    Shown,
    /// The reader has seen them.
    Accepted,
}

/// Everybody found, with the fields that the actor sees, as a file. Only a file that is really made leaves an entry.
///
/// # Errors
/// [`Error::Refused`] for officers who see names alone and for more than 20,000 people, [`Error::Invalid`] where a
/// reason is missing.
#[crate::boxed]
pub async fn file(cx: &Cx, filter: &Filter, kind: Kind, loss: Loss, reason: &str) -> Result<Made> {
    may_export(cx, reason)?;
    let ids = everybody(cx, filter, EXPORT).await?;
    let people = people(cx, &ids).await?;
    let (columns, rows) = table(&people);
    let bytes = match kind {
        Kind::Workbook => {
            let title = "医師の一覧".to_owned();
            let (date, sample) = (cx.today(), cx.app.printer.sample());
            sheet(&List { title, date, sample, columns, rows }).map_err(Error::fault)?
        }
        Kind::Utf8 => csv(&columns, &rows, Encoding::Utf8WithMark).map_err(Error::fault)?.bytes,
        Kind::Cp932 => {
            let CsvFile { bytes, lost } = csv(&columns, &rows, Encoding::Cp932).map_err(Error::fault)?;
            if !lost.is_empty() && loss == Loss::Shown {
                return Ok(Made::Lossy(lost));
            }
            bytes
        }
    };
    let kind = match kind {
        Kind::Utf8 => "csv",
        Kind::Cp932 => "csv_cp932",
        Kind::Workbook => "xlsx",
    };
    note_export(cx, kind, people.len(), reason).await?;
    Ok(Made::File(bytes))
}

fn may_export(cx: &Cx, reason: &str) -> Result<()> {
    access::physician::may_export(&cx.actor)?;
    if access::physician::export_needs_reason(&cx.actor) && reason.is_empty() {
        return Err(Error::invalid("reason", "書き出す理由を入力してください。"));
    }
    Ok(())
}

/// A field of the file, and from which depth on it is there.
struct Field {
    header: &'static str,
    depth: Depth,
    value: fn(&Person) -> Cell,
}

/// Table: the fields, in the order of the columns.
const FIELDS: &[Field] = &[
    Field { header: "氏名", depth: Depth::List, value: |one| text(&name(one)) },
    Field {
        header: "フリガナ",
        depth: Depth::List,
        value: |one| text(&full_name(&one.row.family_kana, &one.row.given_kana)),
    },
    Field { header: "医師会", depth: Depth::List, value: |one| text(&one.association) },
    Field {
        header: "郡市区等医師会",
        depth: Depth::List,
        value: |one| text(if one.within.is_empty() { &one.association } else { &one.within }),
    },
    Field { header: "会員区分", depth: Depth::List, value: |one| text(&one.category) },
    Field { header: "メールアドレス", depth: Depth::Contact, value: |one| given(&one.row.email) },
    Field {
        header: "メールの確認",
        depth: Depth::Contact,
        value: |one| text(if one.row.email_verified_at.is_some() { "確認済み" } else { "" }),
    },
    Field { header: "電話番号", depth: Depth::Contact, value: |one| given(&one.row.phone) },
    Field {
        header: "勤務先",
        depth: Depth::Contact,
        value: |one| one.workplace.as_ref().map_or(Cell::Empty, |at| text(&at.name)),
    },
    Field { header: "送付先の郵便番号", depth: Depth::Contact, value: |one| text(&address(one).0) },
    Field { header: "送付先", depth: Depth::Contact, value: |one| text(&address(one).1) },
    Field { header: "医籍登録番号", depth: Depth::Full, value: |one| given(&one.row.registry_number) },
    Field { header: "日医会員ID", depth: Depth::Full, value: |one| given(&one.row.national_member_id) },
    Field { header: "生年月日", depth: Depth::Full, value: |one| Cell::Day(one.row.birth_on.into()) },
];

/// Columns as deep as anybody of these people is seen, and the cells of each as deep as that person is.
fn table(people: &[Person]) -> (Vec<Column>, Vec<Vec<Cell>>) {
    let deepest = people.iter().map(|one| one.depth).max().unwrap_or(Depth::List);
    let fields = || FIELDS.iter().filter(|field| field.depth <= deepest);
    let cell = |one: &Person, field: &Field| {
        if field.depth <= one.depth { (field.value)(one) } else { Cell::Empty }
    };
    let columns = fields().map(|field| Column::text(field.header)).collect();
    let rows = people.iter().map(|one| fields().map(|field| cell(one, field)).collect()).collect();
    (columns, rows)
}

fn text(text: &str) -> Cell {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
}

fn given(value: &Option<String>) -> Cell {
    text(value.as_deref().unwrap_or_default())
}

fn name(one: &Person) -> String {
    full_name(&one.row.family_name, &one.row.given_name)
}

fn address(one: &Person) -> (String, String) {
    let found = destination(&one.row, one.workplace.as_ref());
    found.map(|at| (at.postcode, at.lines.join("　"))).unwrap_or_default()
}

/// Labels, or those for whom there is none.
#[derive(Debug)]
pub enum Labels {
    /// The PDF.
    File(Vec<u8>),
    /// People whose address is not known, or may not be seen: the reader is told before the others are printed.
    Missing(Vec<String>),
}

/// Whether labels are printed although some people have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Say for whom there is none.
    Shown,
    /// The reader has seen it.
    LeftOut,
}

/// Which paper, and where on it.
#[derive(Clone, Copy, Debug)]
pub struct Paper {
    /// How a sheet is cut.
    pub sheet: LabelSheet,
    /// The label of the first sheet to begin at, from 1.
    pub first: usize,
}

/// Address labels of everybody found.
///
/// # Errors
/// [`Error::Refused`] for officers who see names alone, for more than 2,000 people, for nobody, and for a character
/// that no font shows; [`Error::Invalid`] where a reason is missing, and for a label that the sheet has not.
#[crate::boxed]
pub async fn labels(
    cx: &Cx,
    filter: &Filter,
    paper: Paper,
    missing: Missing,
    reason: &str,
) -> Result<Labels> {
    may_export(cx, reason)?;
    let on_a_sheet = paper.sheet.labels();
    if !(1..=on_a_sheet).contains(&paper.first) {
        let text = format!("{on_a_sheet}面の用紙では、1から{on_a_sheet}までの数を入力してください。");
        return Err(Error::invalid("first", &text));
    }
    let ids = everybody(cx, filter, LABELS).await?;
    let mut addresses = Vec::with_capacity(ids.len());
    let mut without = Vec::new();
    for one in people(cx, &ids).await? {
        let destination = destination(&one.row, one.workplace.as_ref());
        match destination.filter(|_| one.depth >= Depth::Contact && one.row.deceased_on.is_none()) {
            Some(at) => addresses.push(Address { postcode: at.postcode, lines: at.lines, name: name(&one) }),
            None => without.push(name(&one)),
        }
    }
    if !without.is_empty() && missing == Missing::Shown {
        return Ok(Labels::Missing(without));
    }
    if addresses.is_empty() {
        return Err(Error::refused("印刷できる宛名がありません。条件を変えてください。"));
    }
    let count = addresses.len();
    let (app, today) = (cx.app.clone(), cx.today());
    let set = tokio::task::spawn_blocking(move || {
        app.printer.labels(today, paper.sheet, paper.first, &addresses).map_err(told)
    });
    let bytes = set.await.map_err(Error::fault)??;
    note_export(cx, "labels", count, reason).await?;
    Ok(Labels::File(bytes))
}
