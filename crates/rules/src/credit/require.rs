//! Measuring one requirement.

use std::collections::{BTreeMap, BTreeSet};

use super::count::Tally;
use super::explain::Reason;
use super::facts::Facts;
use super::rules::{Measure, RequirementRule, RuleSet};
use crate::base::{Credits, Day, FiscalYear, Period};

/// What one requirement asks and finds.
pub(super) struct Finding {
    pub(super) need: String,
    pub(super) have: String,
    pub(super) lack: String,
    pub(super) list: String,
    pub(super) met: bool,
}

/// The facts that hold for every requirement.
pub(super) struct Ground<'a> {
    pub(super) rules: &'a RuleSet,
    pub(super) facts: &'a Facts,
    /// The days that count; `None` without a limit.
    pub(super) window: Option<Period>,
    /// Why a credit outside the window does not count.
    pub(super) outside: Reason,
    /// The fiscal year of the last day of the period as printed, before grace and special
    /// measures.
    pub(super) renewal_year: FiscalYear,
}

impl Ground<'_> {
    /// Whether the requirement is asked at all.
    pub(super) fn asks(&self, requirement: &RequirementRule) -> bool {
        let from = requirement.from_renewal_year.map(FiscalYear);
        from.is_none_or(|from| self.renewal_year >= from)
    }

    /// Whether a waiver that holds today replaces the credits.
    pub(super) fn is_waived(&self) -> bool {
        self.waiver_days().any(|(_, until)| until.is_none_or(|until| self.facts.on <= until))
    }

    /// The waivers of this rule set that have begun: their day, and the day they run out.
    fn waiver_days(&self) -> impl Iterator<Item = (Option<Day>, Option<Day>)> {
        self.facts.waivers.iter().filter_map(|waiver| {
            let rule = self.rules.waivers.iter().find(|rule| rule.kind == waiver.kind)?;
            if waiver.date.is_some_and(|date| date > self.facts.on) {
                return None;
            }
            match (rule.years, waiver.date) {
                (None, date) => Some((date, None)),
                // Without its day, one that runs out proves nothing.
                (Some(_), None) => None,
                (Some(years), Some(date)) => Some((Some(date), Some(date.plus_years(years)))),
            }
        })
    }

    pub(super) fn find(&self, measure: &Measure, tally: &Tally) -> Finding {
        let asked = |need: Credits| if self.is_waived() { Credits::ZERO } else { need };
        match measure {
            Measure::Credits { category: None, item: None, need } => credits(asked(*need), tally.total()),
            Measure::Credits { category, item, need } => {
                credits(asked(*need), tally.sum(category.as_deref(), item.as_deref()))
            }
            Measure::Subjects { each } => self.subjects(*each, tally),
            Measure::Entries { item, need } => {
                let of_it = |credit: &&str| *credit == item;
                let items = tally.entries.iter().filter_map(|entry| entry.credit.item.as_deref());
                number(*need, items.filter(of_it).count())
            }
            Measure::CreditsPlusCodes { need, same_code } => {
                credits(*need, tally.total() + Credits::whole(codes(tally, same_code)))
            }
            Measure::Activities { need } => number(*need, self.activities()),
            Measure::Certificate { scheme } => number(1, usize::from(self.facts.holds.contains(scheme))),
            Measure::WindowEnd {} => self.by(self.window.map(|window| window.until)),
            Measure::YearsAfterLastCredit { years } => self.years_after(*years, tally),
        }
    }

    fn subjects(&self, each: Credits, tally: &Tally) -> Finding {
        let items = &self.rules.accepts.items;
        let open: Vec<&str> =
            items.iter().map(String::as_str).filter(|item| tally.sum(None, Some(item)) < each).collect();
        let need = if self.is_waived() { 0 } else { items.len() };
        Finding { list: open.join("、"), ..number(need, items.len() - open.len()) }
    }

    /// Activities inside the window, not after the day asked about; one entered twice is one.
    fn activities(&self) -> usize {
        let inside =
            |date: Day| date <= self.facts.on && self.window.is_none_or(|window| window.contains(date));
        let counted: BTreeSet<_> =
            self.facts.activities.iter().filter(|activity| inside(activity.date)).collect();
        counted.len()
    }

    /// Nothing has run out before there is a first credit.
    fn years_after(&self, years: i32, tally: &Tally) -> Finding {
        let waiver = self.waiver_days().filter_map(|(date, _)| date).max();
        match tally.last_day().max(waiver) {
            Some(last) => self.by(Some(last.plus_years(years))),
            None => Finding {
                need: String::new(),
                have: self.facts.on.to_string(),
                lack: String::new(),
                list: String::new(),
                met: true,
            },
        }
    }

    fn by(&self, until: Option<Day>) -> Finding {
        Finding {
            need: until.map(|day| day.to_string()).unwrap_or_default(),
            have: self.facts.on.to_string(),
            lack: String::new(),
            list: String::new(),
            met: until.is_some_and(|until| self.facts.on <= until),
        }
    }
}

fn credits(need: Credits, have: Credits) -> Finding {
    Finding {
        need: need.to_string(),
        have: have.to_string(),
        lack: need.saturating_sub(have).to_string(),
        list: String::new(),
        met: have >= need,
    }
}

fn number(need: usize, have: usize) -> Finding {
    Finding {
        need: need.to_string(),
        have: have.to_string(),
        lack: need.saturating_sub(have).to_string(),
        list: String::new(),
        met: have >= need,
    }
}

/// How many distinct codes the credits carry, old numbers read as today's.
fn codes(tally: &Tally, same_code: &BTreeMap<String, u16>) -> i64 {
    let today = |code: &u16| same_code.get(&code.to_string()).copied().unwrap_or(*code);
    let codes: BTreeSet<u16> = tally.entries.iter().flat_map(|entry| entry.codes.iter().map(today)).collect();
    i64::try_from(codes.len()).expect("there are fewer codes than 65,537")
}
