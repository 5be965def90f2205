//! Paper credits: stickers in handbooks from before April 2025, declared line by line by the
//! physician and compared with the original by an office [seed].

pub mod actions;
pub mod lists;

use crate::error::Problem;
use mamis_rules::base::{AttachmentId, Credits, Day};
use mamis_rules::credit::{Kind, Scheme, item_label, rule_set, scheme_rules};

/// The schemes whose paper credits are declared: those whose certification is applied for here.
pub const SCHEMES: &[Scheme] = crate::my::standing::CERTIFIED;

/// The smallest step of an amount: half a credit.
const STEP: Credits = Credits::from_hundredths(50);

/// More than any single training ever gave [assumed]: catches 150 typed for 1.5.
const LARGEST: Credits = Credits::whole(50);

/// One line as typed and read.
#[derive(Clone, Debug)]
pub struct Line {
    /// Number of the row on the form, for problems beside their fields.
    pub row: usize,
    /// Scheme.
    pub scheme: Option<Scheme>,
    /// Which kind of credit, as [`Choice::value`].
    pub kind: String,
    /// The day, as typed.
    pub earned_on: String,
    /// Who held the training.
    pub host_name: String,
    /// Title.
    pub title: String,
    /// Amount, as typed.
    pub amount: String,
    /// Number on the sticker, as typed.
    pub sticker_number: String,
    /// A photo of the sticker, held by [`actions::hold_photos`].
    pub photo: Option<AttachmentId>,
}

/// One kind of credit to choose: course, category and item together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// `course/category/item`.
    pub value: String,
    /// 「生涯研修・更新」.
    pub label: String,
}

/// A line that is as it should be.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) row: usize,
    pub(crate) scheme: Scheme,
    pub(crate) course: String,
    pub(crate) category: String,
    pub(crate) item: String,
    pub(crate) earned_on: Day,
    pub(crate) host_name: String,
    pub(crate) title: String,
    pub(crate) amount: Credits,
    pub(crate) sticker_number: Option<String>,
    pub(crate) photo: Option<AttachmentId>,
}

/// The kinds of credit a scheme gives, from its rules.
pub fn choices(scheme: Scheme) -> Vec<Choice> {
    let mut choices = Vec::new();
    for line in scheme_rules(scheme).training.iter().flat_map(|training| &training.lines) {
        let course = line.course.map_or("", |course| course.name());
        let category = line.category.as_deref().unwrap_or_default();
        let names = [line.course.map_or("", |course| course.label()), category];
        let items = if line.items.is_empty() { vec![String::new()] } else { line.items.clone() };
        choices.extend(items.into_iter().map(|item| Choice {
            value: format!("{course}/{category}/{item}"),
            label: label(&names, &item_label(scheme.name(), &item)),
        }));
    }
    choices
}

fn label(names: &[&str], item: &str) -> String {
    let words: Vec<&str> = names.iter().copied().chain([item]).filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "研修会の単位".to_owned() } else { words.join("・") }
}

/// The last day a paper credit may carry.
pub fn until(scheme: Scheme, today: Day) -> Option<Day> {
    rule_set(scheme, Kind::Renewal, today).map(|rules| rules.paper_until)
}

/// What is wrong with lines by themselves: whether a sticker is in use already is asked when they are declared.
pub fn faults(lines: Vec<Line>, today: Day) -> Vec<Problem> {
    let mut problems = Vec::new();
    for line in lines {
        read(line, today, &mut problems);
    }
    problems
}

/// Reads a line; every problem is noted beside its field.
pub(crate) fn read(line: Line, today: Day, problems: &mut Vec<Problem>) -> Option<Read> {
    let before = problems.len();
    let mut add =
        |field: &str, text: &str| problems.push(Problem::at(&format!("lines.{}.{field}", line.row), text));
    let scheme = line.scheme.filter(|scheme| SCHEMES.contains(scheme));
    if scheme.is_none() {
        add("kind", "単位の区分を選んでください。");
    }
    let known = scheme.is_some_and(|scheme| choices(scheme).iter().any(|choice| choice.value == line.kind));
    if scheme.is_some() && !known {
        add("kind", "単位の区分を選んでください。");
    }
    let earned_on = day(&line, scheme, today, &mut add);
    // In the order of the fields: the summary is read from top to bottom, as the form is.
    if line.title.is_empty() {
        add("title", "研修会の名前を入力してください。");
    }
    if line.host_name.is_empty() {
        add("host_name", "主催した医師会などの名前を入力してください。");
    }
    let amount = amount(&line.amount, &mut add);
    if problems.len() > before {
        return None;
    }
    let mut kind = line.kind.splitn(3, '/').map(str::to_owned);
    Some(Read {
        row: line.row,
        scheme: scheme?,
        course: kind.next().unwrap_or_default(),
        category: kind.next().unwrap_or_default(),
        item: kind.next().unwrap_or_default(),
        earned_on: earned_on?,
        host_name: line.host_name,
        title: line.title,
        amount: amount?,
        sticker_number: Some(sticker(&line.sticker_number)).filter(|number| !number.is_empty()),
        photo: line.photo,
    })
}

fn day(line: &Line, scheme: Option<Scheme>, today: Day, add: &mut impl FnMut(&str, &str)) -> Option<Day> {
    let Ok(day) = Day::parse_written(&line.earned_on) else {
        add("earned_on", "受講した日を入力してください（例：2024年10月6日、令和6年10月6日）。");
        return None;
    };
    match scheme.and_then(|scheme| until(scheme, today)) {
        Some(until) if day > until => {
            add(
                "earned_on",
                &format!(
                    "紙の単位で入力できるのは{}までの受講です。それより後の単位は、主催者がこのシステムに登録します。",
                    until.japanese()
                ),
            );
            None
        }
        _ => Some(day),
    }
}

fn amount(text: &str, add: &mut impl FnMut(&str, &str)) -> Option<Credits> {
    let amount = Credits::parse_written(text).ok();
    let fits = |amount: &Credits| !amount.is_zero() && *amount <= LARGEST && amount.is_multiple_of(STEP);
    let amount = amount.filter(fits);
    if amount.is_none() {
        add("amount", "単位数は0.5きざみの数字で入力してください（例：1.5）。");
    }
    amount
}

/// The number on a sticker as it is compared: half width, capitals, without blanks.
pub fn sticker(text: &str) -> String {
    half_width(text).to_uppercase()
}

fn half_width(text: &str) -> String {
    let narrow = |letter: char| match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        '\u{2212}' | '\u{2010}' => '-',
        other => other,
    };
    text.chars().filter(|letter| !letter.is_whitespace()).map(narrow).collect()
}
