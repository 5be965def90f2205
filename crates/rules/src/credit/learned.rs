//! What somebody learned in one fiscal year: the sum of the credits that count, and the distinct curriculum codes. It is
//! what a credit statement prints.

use std::collections::{BTreeMap, BTreeSet};

use super::count::Tally;
use super::evaluate::admitted;
use super::facts::{Credit, Facts};
use super::rules::{Measure, RuleSet};
use crate::base::{Credits, Day, FiscalYear};

/// What one fiscal year amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    /// By id, how much of a credit counts: less than its amount beyond a yearly cap. Duplicates are missing.
    pub allowed: BTreeMap<String, Credits>,
    /// The sum of what counts.
    pub total: Credits,
    /// The curriculum codes, each once.
    pub codes: BTreeSet<u16>,
}

/// Counts the credits of one fiscal year as the rules count them for the certificate. `on` is the day it is asked: what
/// lies after it does not count yet.
pub fn learned(rules: &RuleSet, credits: Vec<Credit>, year: FiscalYear, on: Day) -> Learned {
    let facts = Facts { fiscal_years: Some((year, year)), credits, ..Facts::on(on) };
    let tally = Tally::of(rules, admitted(rules, &facts).into_iter());
    let same = rules.requirements.iter().find_map(|rule| match &rule.measure {
        Measure::CreditsPlusCodes { same_code, .. } => Some(same_code),
        _ => None,
    });
    let today = |code: &u16| same.and_then(|same| same.get(&code.to_string())).copied().unwrap_or(*code);
    Learned {
        total: tally.total(),
        codes: tally.entries.iter().flat_map(|entry| entry.codes.iter().map(today)).collect(),
        allowed: tally.entries.iter().map(|entry| (entry.credit.id.clone(), entry.allowed)).collect(),
    }
}
