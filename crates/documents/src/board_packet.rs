//! 理事会用資料 and 運営委員会用資料: what a board decides on, as PDF and as Excel.

use mamis_rules::base::{Credits, Day, Yen};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::credit_table::{CategoryCredits, categories, of_category, total};
use crate::printer::Page;
use crate::workbook::{self, Cell, Column, List};
use crate::{DocumentError, Printer, Seal, Signatory};

/// A board packet: A4 landscape. The committee's is the same with another title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardPacket {
    /// 理事会用資料, 運営委員会用資料.
    pub title: String,
    /// What is decided: 日本医師会認定産業医 新規・更新申請.
    pub subject: String,
    /// Whose board: 佐賀市医師会.
    pub association: String,
    /// The meeting: 第5回理事会（令和8年12月10日）. Empty when not yet known.
    pub meeting: String,
    /// The day the packet was made.
    pub date: Day,
    /// The letter to the president, where the association still wants one **[seed]**.
    pub cover_letter: CoverLetter,
    /// The applications, in the order printed.
    pub rows: Vec<PacketRow>,
}

/// The letter to the president in front of the list. It can be left out: "applying here counts as
/// applying to the president" **[seed]**.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoverLetter {
    /// No letter.
    None,
    /// A letter on its own page, before the list.
    To {
        /// The document number.
        document_number: String,
        /// The body addressed: 公益社団法人日本医師会.
        addressee: String,
        /// The office addressed: 会長.
        addressee_title: String,
        /// Who signs.
        signatory: Signatory,
        /// Whether room is left for a stamped seal.
        seal: Seal,
        /// The paragraphs.
        paragraphs: Vec<String>,
    },
}

/// One application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PacketRow {
    /// The application's number.
    pub number: String,
    /// The name exactly as registered.
    pub name: String,
    /// The name in kana.
    pub kana: String,
    /// 新規 or 更新.
    pub kind: String,
    /// Where the physician belongs; empty when the whole packet is of one association.
    pub association: String,
    /// The credits by category, digital and paper together.
    pub credits: Vec<CategoryCredits>,
    /// How many of them are declared paper credits.
    pub paper: Credits,
    /// The registration fee.
    pub fee: FeePaid,
    /// The examiner's remarks.
    pub remarks: String,
}

/// Whether the registration fee has come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeePaid {
    /// Received, with the amount.
    Received(Yen),
    /// Not yet received, with the amount due.
    Due(Yen),
    /// None is asked for.
    NotAsked,
}

impl FeePaid {
    fn words(self) -> String {
        match self {
            Self::Received(amount) => format!("{amount} 済"),
            Self::Due(amount) => format!("{amount} 未納"),
            Self::NotAsked => "不要".to_owned(),
        }
    }
}

/// The sums above the list.
struct Totals {
    by_kind: Vec<(String, usize)>,
    received: Yen,
    due: Yen,
}

impl BoardPacket {
    fn totals(&self) -> Totals {
        let mut by_kind: Vec<(String, usize)> = Vec::new();
        for row in &self.rows {
            match by_kind.iter_mut().find(|(kind, _)| *kind == row.kind) {
                Some((_, count)) => *count += 1,
                None => by_kind.push((row.kind.clone(), 1)),
            }
        }
        let sum = |amount_of: fn(FeePaid) -> i64| {
            let amounts = self.rows.iter().map(|row| amount_of(row.fee));
            Yen(amounts.fold(0, i64::saturating_add))
        };
        Totals {
            by_kind,
            received: sum(|fee| match fee {
                FeePaid::Received(amount) => amount.0,
                FeePaid::Due(_) | FeePaid::NotAsked => 0,
            }),
            due: sum(|fee| match fee {
                FeePaid::Due(amount) => amount.0,
                FeePaid::Received(_) | FeePaid::NotAsked => 0,
            }),
        }
    }

    fn categories(&self) -> Vec<&str> {
        categories(self.rows.iter().map(|row| row.credits.as_slice()))
    }

    fn cover_page(&self) -> Value {
        match &self.cover_letter {
            CoverLetter::None => Value::Null,
            CoverLetter::To { document_number, addressee, addressee_title, signatory, seal, paragraphs } => {
                json!({
                    "document_number": document_number,
                    "addressee": addressee,
                    "addressee_title": addressee_title,
                    "signatory": signatory,
                    "seal": seal,
                    "paragraphs": paragraphs,
                })
            }
        }
    }
}

impl Printer {
    /// The packet as PDF.
    ///
    /// # Errors
    /// [`DocumentError::MissingGlyph`] when a name cannot be shown.
    pub fn board_packet(&self, packet: &BoardPacket) -> Result<Vec<u8>, DocumentError> {
        let columns = packet.categories();
        let totals = packet.totals();
        let rows: Vec<Value> = packet
            .rows
            .iter()
            .map(|row| {
                let credits: Vec<String> =
                    columns.iter().map(|category| of_category(&row.credits, category).to_string()).collect();
                json!({
                    "number": row.number,
                    "name": row.name,
                    "kana": row.kana,
                    "kind": row.kind,
                    "association": row.association,
                    "credits": credits,
                    "total": total(&row.credits).to_string(),
                    "paper": row.paper.to_string(),
                    "fee": row.fee.words(),
                    "remarks": row.remarks,
                })
            })
            .collect();
        self.print(Page {
            template: "board-packet.typ",
            title: format!("{} {}", packet.title, packet.subject),
            day: packet.date,
            data: json!({
                "title": packet.title,
                "subject": packet.subject,
                "association": packet.association,
                "meeting": packet.meeting,
                "date": packet.date.era(),
                "cover": packet.cover_page(),
                "count": packet.rows.len(),
                "by_kind": totals.by_kind,
                "received": totals.received.to_string(),
                "due": totals.due.to_string(),
                "categories": columns,
                "rows": rows,
            }),
        })
    }

    /// The list of the packet as an Excel workbook, without the letter.
    ///
    /// # Errors
    /// [`DocumentError::Workbook`] when a text is longer than a cell of Excel (32,767 characters).
    pub fn board_packet_xlsx(&self, packet: &BoardPacket) -> Result<Vec<u8>, DocumentError> {
        let categories = packet.categories();
        // As on the printed list: no column where all belong to the association whose board it is.
        let belongs = packet.rows.iter().any(|row| !row.association.is_empty());
        let mut columns = vec![
            Column::text("申請番号"),
            Column::text("氏名"),
            Column::text("フリガナ"),
            Column::text("種別"),
        ];
        columns.extend(belongs.then(|| Column::text("所属医師会")));
        columns.extend(categories.iter().map(|name| Column::amount(*name)));
        columns.extend([
            Column::amount("合計"),
            Column::amount("うち紙単位"),
            Column::amount("審査登録料（円）"),
            Column::text("納入"),
            Column::text("備考"),
        ]);
        let rows = packet
            .rows
            .iter()
            .map(|row| cells(row, belongs.then_some(row.association.as_str()), &categories))
            .collect();
        workbook::sheet(&List {
            title: format!("{} {}", packet.title, packet.subject),
            date: packet.date,
            sample: self.sample(),
            columns,
            rows,
        })
    }
}

fn cells(row: &PacketRow, association: Option<&str>, categories: &[&str]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = [row.number.as_str(), &row.name, &row.kana, &row.kind]
        .into_iter()
        .chain(association)
        .map(|text| Cell::Text(text.to_owned()))
        .collect();
    cells.extend(categories.iter().map(|category| Cell::Credits(of_category(&row.credits, category))));
    let (amount, paid) = match row.fee {
        FeePaid::Received(amount) => (Cell::Yen(amount), "済"),
        FeePaid::Due(amount) => (Cell::Yen(amount), "未納"),
        FeePaid::NotAsked => (Cell::Empty, "不要"),
    };
    cells.extend([
        Cell::Credits(total(&row.credits)),
        Cell::Credits(row.paper),
        amount,
        Cell::Text(paid.to_owned()),
        Cell::Text(row.remarks.clone()),
    ]);
    cells
}
