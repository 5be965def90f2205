//! Files of changes: which columns they have, and what a line says.
//!
//! Headers are Japanese, in any order; columns that nobody asks for are passed over. A line names a person by the
//! registry number or the member id, and proves it by reading or birth date: a digit typed wrongly changes nobody else.

mod cell;
mod line;

pub(crate) use cell::plain;
pub use line::{Change, Identity, Line, Workplace, read};

use crate::named::named;

named! {
    /// What the lines of a file change.
    Kind {
        Category = "category", "会員区分の変更";
        Workplace = "workplace", "勤務先の変更";
        Leaving = "leaving", "退会";
    }
}

/// Lines of one file at most.
pub const LINES: usize = 20_000;

/// The columns that say who.
pub const IDENTITY: [&str; 5] = ["医籍登録番号", "日医会員ID", "姓カナ", "名カナ", "生年月日"];

impl Kind {
    /// The columns that say what changes; all must be there.
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Category => &["新会員区分", "変更日"],
            Self::Workplace => &["勤務先名", "勤務先郵便番号", "勤務先住所", "勤務先都道府県", "変更日"],
            Self::Leaving => &["退会の範囲", "退会日", "理由"],
        }
    }

    /// What may stand in them, for the page that offers the template.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Category => {
                "「新会員区分」は A①、A②(B)、A②(C)、B、C のどれかです（A1、A2B のように書いてもかまいません）。所属するすべての医師会の区分が変わります。「変更日」は、新しい区分になる最初の日です。"
            }
            Self::Workplace => {
                "新しい主な勤務先を書きます。「勤務先都道府県」が空いているときは、住所のはじめから読み取ります。「変更日」は、新しい勤務先の最初の日です。"
            }
            Self::Leaving => {
                "「退会の範囲」は「すべて」「都道府県・日医」「日医のみ」のどれかです。「退会日」は会員である最後の日です。「理由」は本人にも見えます。"
            }
        }
    }
}

/// Where the columns of a file stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    columns: Vec<(&'static str, usize)>,
}

impl Header {
    /// Reads the row of headers.
    ///
    /// # Errors
    /// The columns that are missing.
    pub fn read(kind: Kind, cells: &[String]) -> Result<Self, Vec<&'static str>> {
        let at = |name: &str| cells.iter().position(|cell| cell::plain(cell) == cell::plain(name));
        let known = IDENTITY.iter().chain(kind.columns()).filter_map(|name| Some((*name, at(name)?)));
        let header = Self { columns: known.collect() };
        let has = |name: &&str| header.columns.iter().any(|(known, _)| known == name);
        let mut missing: Vec<&str> = kind.columns().iter().copied().filter(|name| !has(name)).collect();
        if !has(&IDENTITY[0]) && !has(&IDENTITY[1]) {
            missing.push(IDENTITY[0]);
        }
        if !has(&IDENTITY[2]) && !has(&IDENTITY[4]) {
            missing.extend([IDENTITY[2], IDENTITY[4]]);
        }
        if missing.is_empty() { Ok(header) } else { Err(missing) }
    }

    /// The cell below a header, trimmed; empty where the column or the cell is missing.
    pub fn cell<'a>(&self, cells: &'a [String], name: &str) -> &'a str {
        let at = self.columns.iter().find(|(known, _)| *known == name);
        at.and_then(|(_, at)| cells.get(*at)).map_or("", |cell| cell.trim())
    }

    /// The cells of a line that have a known header.
    pub fn cells<'a>(&'a self, cells: &'a [String]) -> impl Iterator<Item = (&'static str, &'a str)> {
        self.columns.iter().map(|(name, _)| (*name, self.cell(cells, name)))
    }
}

named! {
    /// How far a bulk change is.
    State {
        Checked = "checked", "確認済み（まだ実行していません）";
        Running = "running", "実行中";
        Done = "done", "実行済み";
        Undoing = "undoing", "取消し中";
        Undone = "undone", "取消し済み";
    }
}

named! {
    /// What became of a line.
    RowState {
        Ready = "ready", "実行できます";
        Problem = "problem", "直してください";
        Same = "same", "変更なし";
        Done = "done", "実行済み";
        Failed = "failed", "実行できませんでした";
        Undone = "undone", "取り消しました";
    }
}

named! {
    /// What is carried out line by line.
    Act {
        Enter = "enter", "実行";
        Decide = "decide", "まとめての承認";
        Undo = "undo", "取消し";
    }
}
