//! One line of a file: who, and what changes from which day on.

use serde::{Deserialize, Serialize};

use super::{Header, Kind, cell};
use crate::association::MembershipCategory;
use crate::base::{Day, search_key};
use crate::flow::membership::LeavingScope;

/// Who a line is about, as the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Six digits, with the zeros that Excel took away.
    pub registry_number: Option<String>,
    /// Ten digits.
    pub member_id: Option<String>,
    /// Folded reading of the full name; empty where none is given.
    pub kana_key: String,
    /// Birth date.
    pub birth_on: Option<Day>,
}

impl Identity {
    /// Whether the reading or the birth date proves that the number is not somebody else's.
    pub fn fits(&self, kana_key: &str, birth_on: Day) -> bool {
        (!self.kana_key.is_empty() && self.kana_key == kana_key) || self.birth_on == Some(birth_on)
    }
}

/// A new main workplace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workplace {
    /// Name.
    pub name: String,
    /// Seven digits; empty where none is given.
    pub postal_code: String,
    /// Address.
    pub address: String,
    /// JIS X 0401 code.
    pub prefecture: u8,
}

/// What changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The category at every tier.
    Category {
        /// The new one.
        category: MembershipCategory,
        /// Its first day.
        on: Day,
    },
    /// The main workplace.
    Workplace {
        /// The new one.
        workplace: Workplace,
        /// Its first day.
        on: Day,
    },
    /// A leaving.
    Leaving {
        /// What is left.
        scope: LeavingScope,
        /// The last day of membership.
        on: Day,
        /// Why.
        reason: String,
    },
}

impl Change {
    /// The day that the line names.
    pub const fn on(&self) -> Day {
        match self {
            Self::Category { on, .. } | Self::Workplace { on, .. } | Self::Leaving { on, .. } => *on,
        }
    }
}

/// A line that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who.
    pub identity: Identity,
    /// What.
    pub change: Change,
}

/// Reads a line.
///
/// # Errors
/// What must be mended, a sentence each, with the name of the column.
pub fn read(kind: Kind, header: &Header, cells: &[String]) -> Result<Line, Vec<String>> {
    let mut problems = Vec::new();
    let cell = |name: &str| header.cell(cells, name);
    let identity = identity(&cell, &mut problems);
    let change = match kind {
        Kind::Category => category(&cell, &mut problems),
        Kind::Workplace => workplace(&cell, &mut problems),
        Kind::Leaving => leaving(&cell, &mut problems),
    };
    match change {
        Some(change) if problems.is_empty() => Ok(Line { identity, change }),
        _ => Err(problems),
    }
}

fn identity<'a>(cell: &impl Fn(&str) -> &'a str, problems: &mut Vec<String>) -> Identity {
    let mut number = |name: &str, length: usize, text: &str| {
        let typed = cell(name);
        if typed.is_empty() {
            return None;
        }
        let found = cell::digits(typed).filter(|digits| digits.len() <= length);
        if found.is_none() {
            problems.push(format!("「{name}」の「{typed}」を読み取れません。{text}"));
        }
        found
    };
    let registry = number("医籍登録番号", 6, "6桁までの数字で書いてください。");
    let member_id = number("日医会員ID", 10, "10桁の数字で書いてください。");
    let (family, given) = (cell("姓カナ"), cell("名カナ"));
    let birth = cell("生年月日");
    let birth_on = day("生年月日", birth, problems);
    if cell("医籍登録番号").is_empty() && cell("日医会員ID").is_empty() {
        problems.push("「医籍登録番号」か「日医会員ID」を書いてください。".to_owned());
    }
    if (family.is_empty() || given.is_empty()) && birth.is_empty() {
        problems.push(
            "本人であることを確かめるため、「姓カナ」と「名カナ」、または「生年月日」を書いてください。"
                .to_owned(),
        );
    }
    let has_kana = !family.is_empty() && !given.is_empty();
    Identity {
        registry_number: registry.map(|digits| format!("{digits:0>6}")),
        member_id,
        kana_key: if has_kana { search_key(&format!("{family}{given}")) } else { String::new() },
        birth_on,
    }
}

/// A written day; none, and a problem, where it cannot be read. An empty cell is no problem here.
fn day(name: &str, typed: &str, problems: &mut Vec<String>) -> Option<Day> {
    if typed.is_empty() {
        return None;
    }
    let found = Day::parse_written(typed).ok();
    if found.is_none() {
        problems.push(format!("「{name}」の「{typed}」を読み取れません。2027/4/1 のように書いてください。"));
    }
    found
}

fn needed_day(name: &str, typed: &str, problems: &mut Vec<String>) -> Option<Day> {
    if typed.is_empty() {
        problems.push(format!("「{name}」を書いてください。"));
    }
    day(name, typed, problems)
}

fn category<'a>(cell: &impl Fn(&str) -> &'a str, problems: &mut Vec<String>) -> Option<Change> {
    let typed = cell("新会員区分");
    let category = cell::category(typed);
    if typed.is_empty() {
        problems.push("「新会員区分」を書いてください。".to_owned());
    } else if category.is_none() {
        problems.push(format!(
            "「新会員区分」の「{typed}」を読み取れません。A①、A②(B)、A②(C)、B、C のどれかを書いてください。"
        ));
    }
    let on = needed_day("変更日", cell("変更日"), problems);
    Some(Change::Category { category: category?, on: on? })
}

fn workplace<'a>(cell: &impl Fn(&str) -> &'a str, problems: &mut Vec<String>) -> Option<Change> {
    let (name, address) = (cell("勤務先名"), cell("勤務先住所"));
    if name.is_empty() {
        problems.push("「勤務先名」を書いてください。".to_owned());
    }
    let typed = cell("勤務先郵便番号");
    // Excel takes the zeros from the front of a number.
    let postal_code = cell::digits(typed).map(|digits| format!("{digits:0>7}"));
    if !typed.is_empty() && postal_code.as_ref().is_none_or(|code| code.len() != 7) {
        problems
            .push(format!("「勤務先郵便番号」の「{typed}」を読み取れません。7桁の数字で書いてください。"));
    }
    let prefecture = cell::prefecture(cell("勤務先都道府県"), address);
    if prefecture.is_none() {
        problems.push("「勤務先都道府県」を「神奈川県」のように書いてください。".to_owned());
    }
    let on = needed_day("変更日", cell("変更日"), problems);
    let workplace = Workplace {
        name: name.to_owned(),
        postal_code: postal_code.unwrap_or_default(),
        address: address.to_owned(),
        prefecture: prefecture?.code(),
    };
    Some(Change::Workplace { workplace, on: on? })
}

fn leaving<'a>(cell: &impl Fn(&str) -> &'a str, problems: &mut Vec<String>) -> Option<Change> {
    let typed = cell("退会の範囲");
    let scope = cell::scope(typed);
    if typed.is_empty() {
        problems.push("「退会の範囲」を書いてください。".to_owned());
    } else if scope.is_none() {
        problems.push(format!(
            "「退会の範囲」の「{typed}」を読み取れません。「すべて」「都道府県・日医」「日医のみ」のどれかを書いてください。"
        ));
    }
    let reason = cell("理由");
    if reason.is_empty() {
        problems.push("「理由」を書いてください。本人にも見えます。".to_owned());
    }
    let on = needed_day("退会日", cell("退会日"), problems);
    Some(Change::Leaving { scope: scope?, on: on?, reason: reason.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_line_is_read_by_its_headers_in_any_order() {
        let header = cells(&["変更日", "備考", "新会員区分", "生年月日", "医籍登録番号"]);
        let header = Header::read(Kind::Category, &header).expect("enough columns");
        let line = cells(&["令和9年4月1日", "研修修了", "Ｂ", "1998/5/6", "1234"]);
        let line = read(Kind::Category, &header, &line).expect("reads");
        assert_eq!(line.identity.registry_number.as_deref(), Some("001234"), "Excel took the zeros");
        let on = Day::parse("2027-04-01").expect("a day");
        assert_eq!(line.change, Change::Category { category: MembershipCategory::B, on });
        let birth = Day::parse("1998-05-06").expect("a day");
        assert!(line.identity.fits("タナカリク", birth) && !line.identity.fits("タナカリク", on));
    }

    #[test]
    fn the_reading_proves_as_well_in_any_kana() {
        let header = Header::read(
            Kind::Leaving,
            &cells(&["日医会員ID", "姓カナ", "名カナ", "退会の範囲", "退会日", "理由"]),
        )
        .expect("enough columns");
        let line = cells(&["3000000007", "ﾀﾅｶ", "りく", "すべて", "2027-03-31", "転出"]);
        let line = read(Kind::Leaving, &header, &line).expect("reads");
        assert!(line.identity.fits(&search_key("タナカ リク"), line.change.on()));
    }

    #[test]
    fn what_is_wrong_is_said_in_sentences_with_the_column() {
        let header = Header::read(
            Kind::Workplace,
            &cells(&[
                "医籍登録番号",
                "姓カナ",
                "名カナ",
                "勤務先名",
                "勤務先郵便番号",
                "勤務先住所",
                "勤務先都道府県",
                "変更日",
            ]),
        )
        .expect("enough columns");
        let line = cells(&["12-ab", "タナカ", "", "", "25100", "", "神奈川", "四月"]);
        let problems = read(Kind::Workplace, &header, &line).expect_err("much is wrong");
        for column in ["医籍登録番号", "名カナ", "勤務先名", "勤務先都道府県", "変更日"]
        {
            assert!(problems.iter().any(|one| one.contains(column)), "{column}: {problems:?}");
        }
        let missing = Header::read(Kind::Category, &cells(&["氏名", "変更日"])).expect_err("columns");
        assert_eq!(missing, ["新会員区分", "医籍登録番号", "姓カナ", "生年月日"]);
        let header =
            Header::read(Kind::Category, &cells(&["医籍登録番号", "生年月日", "新会員区分", "変更日"]));
        let line = cells(&["1234", "1998/5/6", "", "2027/4/1"]);
        let problems = read(Kind::Category, &header.expect("enough columns"), &line).expect_err("is empty");
        assert_eq!(problems, ["「新会員区分」を書いてください。"]);
    }
}
