//! The list of associations as a file: what a line says, and what it would do to the tree.
//!
//! New associations are opened and differing names and contacts are changed. Parents and closings are not: what they do
//! to members is asked one by one, on their own pages.

use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

use super::Tier;
use crate::base::Day;
use crate::bulk_change::plain;

/// Lines of one file at most: the country has about nine hundred associations, and districts.
pub const LINES: usize = 5_000;

/// The columns that must be there.
pub const REQUIRED: [&str; 5] = ["コード", "階層", "上位コード", "名称", "カナ"];

/// The days, which may be missing.
pub const DAYS: [&str; 2] = ["設立日", "廃止日"];

/// What an association says of itself, which may be missing; an empty cell changes nothing.
pub const DETAILS: [&str; 7] =
    ["会長", "電話番号", "メールアドレス", "郵便番号", "住所", "ホームページ", "受付時間"];

/// Where the columns of a file stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header(Vec<(&'static str, usize)>);

impl Header {
    /// Reads the row of headers; columns that nobody asks for are passed over.
    ///
    /// # Errors
    /// The columns that are missing.
    pub fn read(cells: &[String]) -> Result<Self, Vec<&'static str>> {
        let at = |name: &str| cells.iter().position(|cell| plain(cell) == name);
        let known = REQUIRED.iter().chain(&DAYS).chain(&DETAILS);
        let header = Self(known.filter_map(|name| Some((*name, at(name)?))).collect());
        let has = |name: &&str| header.0.iter().any(|(known, _)| known == name);
        let missing: Vec<&str> = REQUIRED.iter().copied().filter(|name| !has(name)).collect();
        if missing.is_empty() { Ok(header) } else { Err(missing) }
    }

    fn cell<'a>(&self, cells: &'a [String], name: &str) -> &'a str {
        let at = self.0.iter().find(|(known, _)| *known == name);
        at.and_then(|(_, at)| cells.get(*at)).map_or("", |cell| cell.trim())
    }
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Number people use for the association.
    pub code: String,
    /// Its tier.
    pub tier: Tier,
    /// The code of the one above it; empty for the national association.
    pub parent: String,
    /// Full name.
    pub name: String,
    /// Katakana.
    pub kana: String,
    /// First day, when given.
    pub opened: Option<Day>,
    /// Last day, when given.
    pub closed: Option<Day>,
    /// What it says of itself, where a cell is filled.
    pub details: Vec<(String, String)>,
}

/// Reads a line.
///
/// # Errors
/// What must be mended, a sentence each, with the name of the column.
pub fn read(header: &Header, cells: &[String]) -> Result<Line, Vec<String>> {
    let mut problems = Vec::new();
    let cell = |name: &str| header.cell(cells, name);
    let tier = tier(cell("階層"));
    if tier.is_none() {
        let typed = cell("階層");
        problems.push(format!("「階層」の「{typed}」を読み取れません。都道府県医師会・郡市区等医師会・地区医師会のどれかを書いてください。"));
    }
    let wide = tier.unwrap_or(Tier::Municipal);
    let code = code(cell("コード"), wide);
    if code.is_empty() || code.len() > 20 || !code.chars().all(|c| c.is_ascii_alphanumeric()) {
        problems.push("「コード」を半角の英数字で書いてください。".to_owned());
    }
    for name in ["名称", "カナ"] {
        if cell(name).is_empty() {
            problems.push(format!("「{name}」を書いてください。"));
        }
    }
    let mut day = |name: &str| match cell(name) {
        "" => None,
        text => Day::parse_written(text)
            .map_err(|_| problems.push(format!("「{name}」の「{text}」を日付として読み取れません。")))
            .ok(),
    };
    let (opened, closed) = (day("設立日"), day("廃止日"));
    // Kept as digits: a hyphen is no difference.
    let written = |name: &str| match name {
        "郵便番号" => plain(cell(name)).replace(['-', '〒'], ""),
        _ => cell(name).to_owned(),
    };
    let filled = |name: &&str| (!cell(name).is_empty()).then(|| ((*name).to_owned(), written(name)));
    match tier {
        Some(tier) if problems.is_empty() => Ok(Line {
            code,
            tier,
            parent: self::code(cell("上位コード"), tier.above().unwrap_or(tier)),
            name: cell("名称").to_owned(),
            kana: cell("カナ").to_owned(),
            opened,
            closed,
            details: DETAILS.iter().filter_map(filled).collect(),
        }),
        _ => Err(problems),
    }
}

fn tier(text: &str) -> Option<Tier> {
    let text = plain(text);
    let short = text.strip_suffix("医師会").unwrap_or(&text);
    match short {
        "国" | "全国" | "日医" | "日本" => Some(Tier::National),
        "都道府県" => Some(Tier::Prefectural),
        "郡市区" | "郡市区等" | "大学" => Some(Tier::Municipal),
        "地区" => Some(Tier::District),
        _ => text.parse().ok(),
    }
}

/// Excel takes the zeros in front of a number: prefectures have two digits, towns six.
fn code(text: &str, tier: Tier) -> String {
    let text = plain(text);
    let wide = if matches!(tier, Tier::National | Tier::Prefectural) { 2 } else { 6 };
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // 5 of 6 digits: 北海道 to 栃木県. Anything shorter is no town's number without its zeros.
    if is_number && text.len() + 1 == wide { format!("0{text}") } else { text }
}

/// An association as the tree knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its tier.
    pub tier: Tier,
    /// The code of the one above it; empty for the national association.
    pub parent: String,
    /// Full name.
    pub name: String,
    /// Katakana.
    pub kana: String,
    /// Last day; none while it stands.
    pub closed: Option<Day>,
    /// What it says of itself, by column.
    pub details: Vec<(String, String)>,
    /// Whether whoever has the file checked may change it.
    pub may_change: bool,
    /// Whether they may open one below it.
    pub may_open: bool,
}

/// What differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The column.
    pub column: String,
    /// What is known.
    pub before: String,
    /// What the file says.
    pub after: String,
}

/// What a line would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An association opens.
    New,
    /// Names or contacts change.
    Change(Vec<Difference>),
    /// Nothing.
    Same,
    /// It does nothing before this is mended, a sentence each.
    Problem(Vec<String>),
}

/// What the lines would do, in their order. Parents may stand in the same file, before or after.
pub fn judge(lines: &[Result<Line, Vec<String>>], tree: &HashMap<String, Known>, today: Day) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = vec![Outcome::Same; lines.len()];
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|index| lines[*index].as_ref().map_or(0, |line| line.tier.level()));
    let mut seen: HashSet<&str> = HashSet::new();
    let mut opening: HashMap<&str, Tier> = HashMap::new();
    for index in order {
        outcomes[index] = match &lines[index] {
            Err(problems) => Outcome::Problem(problems.clone()),
            Ok(line) if !seen.insert(&line.code) => {
                Outcome::Problem(vec![format!("コード {} の行が、ほかにもあります。", line.code)])
            }
            Ok(line) => match tree.get(&line.code) {
                Some(known) => known_one(line, known),
                None => match new_one(line, tree, &opening, today) {
                    Ok(()) => {
                        opening.insert(&line.code, line.tier);
                        Outcome::New
                    }
                    Err(problem) => Outcome::Problem(vec![problem]),
                },
            },
        };
    }
    outcomes
}

fn known_one(line: &Line, known: &Known) -> Outcome {
    let mut problems = Vec::new();
    if line.tier != known.tier {
        problems.push(format!("階層が、いまの{}と違います。階層は変えられません。", known.tier.label()));
    }
    if line.parent != known.parent && line.tier == known.tier {
        problems.push(format!(
            "上位コードが、いまの {} と違います。その医師会のページの「別の医師会の下に移す」で変えてください。",
            known.parent
        ));
    }
    if line.closed != known.closed {
        problems.push(
            "廃止日が、いまの登録と違います。その医師会のページの「合併する」か「閉じる」で変えてください。"
                .to_owned(),
        );
    }
    let pairs = [("名称", &known.name, &line.name), ("カナ", &known.kana, &line.kana)];
    let mut differences: Vec<Difference> = Vec::new();
    let mut differ = |column: &str, before: &str, after: &str| {
        if before != after {
            differences.push(Difference {
                column: column.to_owned(),
                before: before.to_owned(),
                after: after.to_owned(),
            });
        }
    };
    for (column, before, after) in pairs {
        differ(column, before, after);
    }
    for (column, after) in &line.details {
        let before = known.details.iter().find(|(name, _)| name == column).map_or("", |(_, text)| text);
        differ(column, before, after);
    }
    if !differences.is_empty() && known.closed.is_some() {
        problems.push("この医師会は閉じています。".to_owned());
    }
    if !differences.is_empty() && !known.may_change {
        problems.push(NOT_YOURS.to_owned());
    }
    match (problems.is_empty(), differences.is_empty()) {
        (false, _) => Outcome::Problem(problems),
        (true, true) => Outcome::Same,
        (true, false) => Outcome::Change(differences),
    }
}

const NOT_YOURS: &str = "この医師会を変えられるのは、その上位の医師会の管理の担当者です。";

fn new_one(
    line: &Line,
    tree: &HashMap<String, Known>,
    opening: &HashMap<&str, Tier>,
    today: Day,
) -> Result<(), String> {
    if matches!(line.tier, Tier::National | Tier::Prefectural) {
        return Err("日本医師会と都道府県医師会は増やせません。コードを確かめてください。".to_owned());
    }
    if line.closed.is_some() {
        return Err("廃止日のある医師会は、新しく作れません。".to_owned());
    }
    if line.opened.is_some_and(|opened| opened > today) {
        return Err(
            "これから始まる医師会は、上位の医師会のページの「この下に医師会を作る」で登録してください。"
                .to_owned(),
        );
    }
    let above = match (tree.get(&line.parent), opening.get(line.parent.as_str())) {
        (Some(known), _) if known.closed.is_some() => {
            return Err(format!("上位の医師会（{}）は閉じています。", known.name));
        }
        (Some(known), _) if !known.may_open => return Err(NOT_YOURS.to_owned()),
        (Some(known), _) => known.tier,
        (None, Some(tier)) => *tier,
        (None, None) => {
            return Err(format!(
                "上位コードの「{}」という医師会がありません。上位の医師会の行も、ファイルに入れてください。",
                line.parent
            ));
        }
    };
    match line.tier.above() {
        Some(tier) if tier == above => Ok(()),
        _ => Err(format!("{}の下に{}は作れません。", above.label(), line.tier.label())),
    }
}
