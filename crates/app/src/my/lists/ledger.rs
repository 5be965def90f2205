//! All credits of one physician, digital and paper, as one list.
//!
//! Paper credits were earned up to 2025-03-31 and are declared line by line [seed]; the total is what
//! is digital plus what is declared, and says how much of it an office has compared with the original.

use crate::db::asked;
use crate::error::{Error, Result};
use mamis_rules::base::{Credits, Day, TrainingId};
use mamis_rules::credit::{Credit, Scheme, Source};
use sea_orm::DatabaseBackend;
use serde::Deserialize;
use uuid::Uuid;

/// More lines than anybody has earned; keeps the list bounded.
const MOST: u32 = 3_000;

/// How far a credit is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Entered by the host, not yet confirmed by the tiers above.
    Released,
    /// Confirmed after the holding report.
    Confirmed,
    /// Paper, as the physician declared it.
    Declared,
    /// Paper that an office has compared with the original.
    PaperConfirmed,
}

impl Trust {
    /// The word on pages.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Released => "確認中",
            Self::Confirmed => "確定",
            Self::Declared => "紙・申告",
            Self::PaperConfirmed => "紙・確認済み",
        }
    }

    /// The kind of its badge.
    pub const fn badge(self) -> &'static str {
        match self {
            Self::Released | Self::Declared => "info",
            Self::Confirmed | Self::PaperConfirmed => "success",
        }
    }

    /// Whether it is paper.
    pub const fn is_paper(self) -> bool {
        matches!(self, Self::Declared | Self::PaperConfirmed)
    }
}

/// One credit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The row in `credit` or, for paper, in `paper_credit`.
    pub id: Uuid,
    /// Scheme it was given in.
    pub scheme: Scheme,
    /// basic or lifelong; empty where the scheme has none.
    pub course: String,
    /// E.g. 更新.
    pub category: String,
    /// E.g. 総論.
    pub item: String,
    /// cme only.
    pub curriculum_code: Option<i32>,
    /// How much.
    pub amount: Credits,
    /// The day it was earned.
    pub earned_on: Day,
    /// What it was earned with.
    pub title: String,
    /// Who held it.
    pub host_name: String,
    /// Where it comes from.
    pub source: Source,
    /// The training, if it was one of ours.
    pub training: Option<TrainingId>,
    /// How far it is proved.
    pub trust: Trust,
}

/// All credits of one physician, newest first.
#[derive(Clone, Debug, Default)]
pub struct Ledger(pub Vec<Entry>);

/// In the order of [`list`].
#[derive(Deserialize)]
struct Row {
    id: Uuid,
    training: Option<Uuid>,
    scheme: String,
    course: String,
    category: String,
    item: String,
    curriculum_code: Option<i32>,
    amount: i64,
    earned_on: chrono::NaiveDate,
    title: String,
    host_name: String,
    source: String,
    state: String,
}

const OTHERS: &[&str] = &[
    "scheme",
    "course",
    "category",
    "item",
    "curriculum_code",
    "amount",
    "earned_on",
    "title",
    "host_name",
    "source",
    "state",
];

/// The credits of a physician that are neither reversed nor refused, to be asked for together with other lists.
pub(crate) fn list(backend: DatabaseBackend) -> String {
    let select = format!(
        "select id, training, scheme, course, category, item, curriculum_code, amount, earned_on, title,
                host_name, source, state
           from credit where physician = $1 and state <> 'reversed'
         union all
         select id, cast(null as uuid), scheme, course, category, item, cast(null as integer), amount, earned_on,
                title, host_name, 'paper', state
           from paper_credit where physician = $1 and state <> 'refused'
         order by 9 desc, 1 limit {MOST}"
    );
    asked::list(backend, &["id", "training"], OTHERS, &select)
}

/// Reads what [`list`] asked for.
///
/// # Errors
/// A fault of a row with an unknown word.
pub(crate) fn read(json: &str) -> Result<Ledger> {
    let mut rows: Vec<Row> = serde_json::from_str(json)?;
    rows.sort_by_key(|row| (std::cmp::Reverse(row.earned_on), row.id));
    rows.into_iter().map(Row::entry).collect::<Result<_>>().map(Ledger)
}

impl Row {
    fn entry(self) -> Result<Entry> {
        let source: Source = self.source.parse().map_err(Error::fault)?;
        let trust = match (source, self.state.as_str()) {
            (Source::Paper, "confirmed") => Trust::PaperConfirmed,
            (Source::Paper, _) => Trust::Declared,
            (_, "confirmed") => Trust::Confirmed,
            (_, _) => Trust::Released,
        };
        Ok(Entry {
            id: self.id,
            scheme: self.scheme.parse().map_err(Error::fault)?,
            course: self.course,
            category: self.category,
            item: self.item,
            curriculum_code: self.curriculum_code,
            amount: Credits::from_hundredths(self.amount),
            earned_on: Day::from(self.earned_on),
            title: self.title,
            host_name: self.host_name,
            source,
            training: self.training.map(TrainingId),
            trust,
        })
    }
}

impl Entry {
    /// As the rules read it; its id is the row's.
    pub(crate) fn fact(&self) -> Credit {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Credit {
            id: self.id.to_string(),
            date: self.earned_on,
            source: self.source,
            scheme: Some(self.scheme),
            course: self.course.parse().ok(),
            category: text(&self.category),
            item: text(&self.item),
            amount: self.amount,
            curriculum_codes: self
                .curriculum_code
                .and_then(|code| u16::try_from(code).ok())
                .into_iter()
                .collect(),
            title: text(&self.title),
            confirmed: self.trust == Trust::PaperConfirmed,
        }
    }
}

impl Ledger {
    /// As the rules read it. All schemes: the rules sort out what belongs to another one, and some
    /// count the credits of several.
    pub fn facts(&self) -> Vec<Credit> {
        self.0.iter().map(Entry::fact).collect()
    }

    /// The credits of one scheme.
    pub fn of_scheme(&self, scheme: Scheme) -> impl Iterator<Item = &Entry> {
        self.0.iter().filter(move |entry| entry.scheme == scheme)
    }

    /// The schemes with at least one credit, in the usual order.
    pub fn schemes(&self) -> Vec<Scheme> {
        let has = |scheme: &Scheme| self.of_scheme(*scheme).next().is_some();
        Scheme::ALL.iter().copied().filter(has).collect()
    }
}
