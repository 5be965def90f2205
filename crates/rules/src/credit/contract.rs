//! One JSON document in, one out: what `mamis evaluate` reads and writes.

use serde_json::Value;

use super::evaluate::evaluate;
use super::facts::{
    Activity, Credit, Facts, Grace, Kind, Scheme, Source, SpecialMeasure, Waiver, WaiverKind,
};
use super::reader::{Object, integer};
use super::rules::{RuleSet, rule_set};
use crate::base::{Credits, FiscalYear, Period};

/// The document cannot be evaluated. The sentence names the field, such as `credits[0].amount`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {what}。")]
pub struct Malformed {
    /// The path of the field; `JSON` when the document is none.
    pub field: String,
    /// What is wrong with it.
    pub what: String,
}

impl Malformed {
    pub(super) fn new(field: &str, what: &str) -> Self {
        let field = if field.is_empty() { "JSON" } else { field };
        Self { field: field.to_owned(), what: what.trim_end_matches('。').to_owned() }
    }
}

/// Evaluates a document.
///
/// # Errors
/// [`Malformed`] for anything the contract does not allow: unknown fields and values, amounts that
/// are no decimal strings, a renewal without `validity`.
pub fn evaluate_document(json: &str) -> Result<String, Malformed> {
    let document: Value = serde_json::from_str(json).map_err(|error| {
        let at = format!("{}行目の{}文字目", error.line(), error.column());
        Malformed::new("", &format!("{at}が正しい形ではありません（{error}）"))
    })?;
    let (rules, facts) = read(&document)?;
    let evaluation = evaluate(rules, &facts);
    Ok(serde_json::to_string_pretty(&evaluation).expect("text and truth values are always JSON"))
}

const DOCUMENT: &[&str] = &[
    "scheme",
    "kind",
    "on",
    "validity",
    "grace",
    "special_measures",
    "fiscal_years",
    "holds",
    "activities",
    "waivers",
    "credits",
];
const CREDIT: &[&str] = &[
    "id",
    "date",
    "source",
    "scheme",
    "course",
    "category",
    "item",
    "amount",
    "curriculum_codes",
    "title",
    "confirmed",
];

fn read(document: &Value) -> Result<(&'static RuleSet, Facts), Malformed> {
    let document = Object::new("", document, DOCUMENT)?;
    let scheme: Scheme = document.needed_word("scheme")?;
    let kind: Kind = document.needed_word("kind")?;
    let on = document.needed_day("on")?;
    let rules = rule_set(scheme, kind, on)
        .ok_or_else(|| document.wrong("kind", &format!("{scheme} に {kind} はありません")))?;
    let validity = period(&document)?;
    if kind == Kind::Renewal && validity.is_none() {
        return Err(document.wrong("validity", "更新には有効期間が必要です"));
    }
    if document.value("credits").is_none() {
        return Err(document.wrong("credits", "必要な項目がありません"));
    }
    let facts = Facts {
        on,
        validity,
        grace: grace(&document)?,
        special_measures: document.list("special_measures", special_measure)?,
        fiscal_years: fiscal_years(&document)?,
        holds: document.list("holds", |path, value| {
            let name = value.as_str().and_then(|name| name.parse().ok());
            name.ok_or_else(|| Malformed::new(path, "認定証の名前（制度の名前）ではありません"))
        })?,
        activities: document.list("activities", activity)?,
        waivers: document.list("waivers", waiver)?,
        credits: document.list("credits", credit)?,
    };
    Ok((rules, facts))
}

fn period(document: &Object) -> Result<Option<Period>, Malformed> {
    let Some(value) = document.value("validity") else {
        return Ok(None);
    };
    let object = Object::new("validity", value, &["from", "until"])?;
    let period = Period { from: object.needed_day("from")?, until: object.needed_day("until")? };
    if period.until < period.from {
        return Err(object.wrong("until", "終わりの日が始まりの日より前です"));
    }
    Ok(Some(period))
}

fn grace(document: &Object) -> Result<Option<Grace>, Malformed> {
    let Some(value) = document.value("grace") else {
        return Ok(None);
    };
    Object::new("grace", value, &["reason"])?.needed_word("reason").map(Some)
}

fn special_measure(path: &str, value: &Value) -> Result<SpecialMeasure, Malformed> {
    let object = Object::new(path, value, &["id", "until"])?;
    Ok(SpecialMeasure { id: object.needed_text("id")?.to_owned(), until: object.needed_day("until")? })
}

/// Three consecutive fiscal years, in any order.
fn fiscal_years(document: &Object) -> Result<Option<(FiscalYear, FiscalYear)>, Malformed> {
    if document.value("fiscal_years").is_none() {
        return Ok(None);
    }
    let mut years = document.list("fiscal_years", |path, value| integer(path, value, 1900..=9998))?;
    years.sort_unstable();
    match years[..] {
        [first, second, third] if second == first + 1 && third == second + 1 => {
            let year = |year| FiscalYear(i32::try_from(year).expect("below 9999, see above"));
            Ok(Some((year(first), year(third))))
        }
        _ => Err(document.wrong("fiscal_years", "連続した3つの年度ではありません")),
    }
}

fn activity(path: &str, value: &Value) -> Result<Activity, Malformed> {
    let object = Object::new(path, value, &["kind", "date"])?;
    Ok(Activity { kind: object.needed_text("kind")?.to_owned(), date: object.needed_day("date")? })
}

fn waiver(path: &str, value: &Value) -> Result<Waiver, Malformed> {
    let object = Object::new(path, value, &["kind", "date"])?;
    let kind = object.needed_word("kind")?;
    let runs_out = matches!(kind, WaiverKind::UoehBasicCourse | WaiverKind::UoehSummerIntensive);
    let date = if runs_out { Some(object.needed_day("date")?) } else { object.day("date")? };
    Ok(Waiver { kind, date })
}

fn credit(path: &str, value: &Value) -> Result<Credit, Malformed> {
    let object = Object::new(path, value, CREDIT)?;
    let amount = object.needed_text("amount")?;
    let amount: Credits = amount
        .parse()
        .map_err(|wrong: crate::base::NotCredits| object.wrong("amount", &wrong.to_string()))?;
    let codes = object.list("curriculum_codes", |path, value| {
        let code = integer(path, value, 0..=84)?;
        Ok(u16::try_from(code).expect("at most 84, see above"))
    })?;
    Ok(Credit {
        id: object.needed_text("id")?.to_owned(),
        date: object.needed_day("date")?,
        source: object.word("source")?.unwrap_or(Source::Training),
        scheme: object.word("scheme")?,
        course: object.word("course")?,
        category: object.name("category")?,
        item: object.name("item")?,
        amount,
        curriculum_codes: codes.into_iter().collect(),
        title: object.name("title")?,
        confirmed: object.flag("confirmed")?,
    })
}
