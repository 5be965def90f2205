//! How the trainings of a scheme are approved, reported and checked: the `[training]` part of its
//! rule file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::facts::{Course, Scheme};
use super::rules::scheme_rules;
use crate::association::Tier;
use crate::base::{Credits, Day};

/// How trainings of a scheme are approved and checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingRules {
    /// The last tier that approves.
    pub approved_by: Tier,
    /// Whether there is a holding report.
    pub holding_report: HoldingReport,
    /// How many minutes make one credit.
    pub minutes_per_credit: i64,
    /// Amounts are multiples of this.
    pub step: Credits,
    /// Minutes somebody may come late to a session and keep its credit, where it is not the usual number.
    pub late_minutes: Option<i64>,
    /// Minutes somebody may leave early.
    pub early_minutes: Option<i64>,
    /// Curriculum codes.
    #[serde(default)]
    pub codes: CodesOfATalk,
    /// Filed at least that many months before the day.
    pub file_months_before: Option<i32>,
    /// Trainings held from this day on are filed in the system.
    pub in_system_from: Option<Day>,
    /// Unless they were filed by this day.
    pub old_way_if_filed_by: Option<Day>,
    /// What credit lines may look like.
    #[serde(default, rename = "line")]
    pub lines: Vec<LineRule>,
    /// What the items are called where their own name is only a number.
    #[serde(default)]
    pub item_names: BTreeMap<String, String>,
    /// Where it comes from and how sure it is.
    pub source: String,
}

impl TrainingRules {
    /// An item as a person reads it: 「前期11 メンタルヘルスと運動」, or the item alone where it says all.
    pub fn item_label(&self, item: &str) -> String {
        self.item_names.get(item).map_or_else(|| item.to_owned(), |name| format!("{item} {name}"))
    }
}

/// An item of a scheme as a person reads it; an unknown scheme or item as it stands.
pub fn item_label(scheme: &str, item: &str) -> String {
    let rules = scheme.parse::<Scheme>().ok().and_then(|scheme| scheme_rules(scheme).training.as_ref());
    rules.map_or_else(|| item.to_owned(), |rules| rules.item_label(item))
}

/// Whether the host files a holding report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldingReport {
    /// For every training.
    Always,
    /// For the initial course only.
    InitialCourse,
    /// For none.
    Never,
}

impl HoldingReport {
    /// Whether a training that gives credits of that course is reported.
    pub fn is_needed(self, course: Option<Course>) -> bool {
        match self {
            Self::Always => true,
            Self::InitialCourse => course != Some(Course::Lifelong),
            Self::Never => false,
        }
    }
}

/// How many curriculum codes a talk carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodesOfATalk {
    /// None.
    #[default]
    None,
    /// Exactly one.
    One,
}

/// A combination a credit line of a training may have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineRule {
    /// The course.
    pub course: Option<Course>,
    /// The category.
    pub category: Option<String>,
    /// The items of which it needs one; empty for none.
    #[serde(default)]
    pub items: Vec<String>,
}
