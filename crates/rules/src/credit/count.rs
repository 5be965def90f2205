//! Which of the admitted credits count, and how much of them: duplicates and limits.
//!
//! Everything here is independent of the order of the input, and adding a credit never takes
//! anything away from a sum, a group or the set of codes: of duplicates the largest counts, and
//! limits bind the total only.

use std::collections::{BTreeMap, BTreeSet};

use super::explain::Reason;
use super::facts::Credit;
use super::rules::{Accepts, Limit, Measure, RuleSet};
use crate::base::{Credits, Day, FiscalYear};

/// A credit that is no duplicate.
pub(super) struct Entry<'a> {
    pub(super) credit: &'a Credit,
    /// The category under its usual name.
    pub(super) category: Option<&'a str>,
    /// Its codes and those of its duplicates.
    pub(super) codes: BTreeSet<u16>,
    /// How much of it goes into the total.
    pub(super) allowed: Credits,
    /// What took it out of the total altogether.
    pub(super) beyond: Option<Reason>,
}

/// What the admitted credits amount to.
pub(super) struct Tally<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) duplicates: Vec<&'a Credit>,
}

impl<'a> Tally<'a> {
    pub(super) fn of(rules: &'a RuleSet, admitted: impl Iterator<Item = &'a Credit>) -> Self {
        let mut tally = Self::without_duplicates(&rules.accepts, admitted);
        // Limits are filled by what is sure first, then by what came first.
        tally.entries.sort_by_key(|entry| (!entry.credit.is_firm(), entry.credit.date, &entry.credit.id));
        for limit in &rules.limits {
            match limit {
                Limit::Cap { amount, .. } => tally.cap(*amount, rules),
                Limit::YearlyCap { categories, amount, .. } => tally.cap_years(categories, *amount),
                Limit::SameTitle { times, .. } => tally.limit_titles(*times),
            }
        }
        tally
    }

    /// Credits with the same id, or the same day, title, category and item, are one: the largest
    /// counts, with the codes of all. Two credits without a title are never taken for the same.
    fn without_duplicates(accepts: &'a Accepts, admitted: impl Iterator<Item = &'a Credit>) -> Self {
        let mut admitted: Vec<&Credit> = admitted.collect();
        admitted.sort_by(|one, other| canonical(one).cmp(&canonical(other)));
        let mut entries: Vec<Entry> = Vec::new();
        let mut duplicates = Vec::new();
        let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
        let mut talks: BTreeMap<Talk, usize> = BTreeMap::new();
        for credit in admitted {
            let talk = Talk::of(credit, accepts);
            let same = ids.get(credit.id.as_str()).copied();
            let same = same.or_else(|| talk.as_ref().and_then(|talk| talks.get(talk).copied()));
            if let Some(at) = same {
                entries[at].codes.extend(&credit.curriculum_codes);
                duplicates.push(credit);
                continue;
            }
            ids.insert(&credit.id, entries.len());
            if let Some(talk) = talk {
                talks.insert(talk, entries.len());
            }
            entries.push(Entry {
                credit,
                category: credit.category.as_deref().map(|name| accepts.category(name)),
                codes: credit.curriculum_codes.clone(),
                allowed: credit.amount,
                beyond: None,
            });
        }
        Self { entries, duplicates }
    }

    /// Fills a cap with what the requirements ask for first, then with the rest.
    fn cap(&mut self, amount: Credits, rules: &RuleSet) {
        let mut room = amount;
        let mut granted = vec![Credits::ZERO; self.entries.len()];
        for requirement in &rules.requirements {
            let Measure::Credits { category: Some(category), item, need } = &requirement.measure else {
                continue;
            };
            let mut open = *need;
            for (entry, granted) in self.entries.iter().zip(&mut granted) {
                if entry.is_of(Some(category), item.as_deref()) {
                    let part = entry.allowed.saturating_sub(*granted).min(open).min(room);
                    *granted += part;
                    open = open.saturating_sub(part);
                    room = room.saturating_sub(part);
                }
            }
        }
        for (entry, granted) in self.entries.iter().zip(&mut granted) {
            let part = entry.allowed.saturating_sub(*granted).min(room);
            *granted += part;
            room = room.saturating_sub(part);
        }
        for (entry, granted) in self.entries.iter_mut().zip(granted) {
            entry.restrict(granted, Reason::OverCap);
        }
    }

    fn cap_years(&mut self, categories: &[String], amount: Credits) {
        let mut rooms: BTreeMap<FiscalYear, Credits> = BTreeMap::new();
        for entry in &mut self.entries {
            let capped = |name| categories.iter().any(|category| category == name);
            if !entry.category.is_some_and(capped) {
                continue;
            }
            let year = FiscalYear::of(entry.credit.date);
            let room = rooms.entry(year).or_insert(amount);
            let part = entry.allowed.min(*room);
            *room = room.saturating_sub(part);
            entry.restrict(part, Reason::OverCap);
        }
    }

    /// Of the same title the largest count; an untitled credit has no title to share.
    fn limit_titles(&mut self, times: usize) {
        let mut by_size: Vec<&mut Entry> = self.entries.iter_mut().collect();
        by_size.sort_by_key(|entry| std::cmp::Reverse(entry.allowed));
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in by_size {
            let Some(title) = entry.credit.title.as_deref() else {
                continue;
            };
            let count = seen.entry(title).or_default();
            *count += 1;
            if *count > times {
                entry.allowed = Credits::ZERO;
                entry.beyond = Some(Reason::SameTitleLimit);
            }
        }
    }

    /// What counts in all, limits applied.
    pub(super) fn total(&self) -> Credits {
        self.entries.iter().map(|entry| entry.allowed).sum()
    }

    /// The sum of a category and item, before limits.
    pub(super) fn sum(&self, category: Option<&str>, item: Option<&str>) -> Credits {
        let of_it = self.entries.iter().filter(|entry| entry.is_of(category, item));
        of_it.map(|entry| entry.credit.amount).sum()
    }

    /// The day of the last credit that is worth something.
    pub(super) fn last_day(&self) -> Option<Day> {
        let worth = self.entries.iter().filter(|entry| !entry.credit.amount.is_zero());
        worth.map(|entry| entry.credit.date).max()
    }
}

impl Entry<'_> {
    fn is_of(&self, category: Option<&str>, item: Option<&str>) -> bool {
        category.is_none_or(|asked| self.category == Some(asked))
            && item.is_none_or(|asked| self.credit.item.as_deref() == Some(asked))
    }

    fn restrict(&mut self, part: Credits, reason: Reason) {
        if part.is_zero() && !self.allowed.is_zero() {
            self.beyond = Some(reason);
        }
        self.allowed = part;
    }
}

/// What makes two credits the same talk.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Talk<'a> {
    date: Day,
    title: &'a str,
    category: Option<&'a str>,
    item: Option<&'a str>,
}

impl<'a> Talk<'a> {
    fn of(credit: &'a Credit, accepts: &'a Accepts) -> Option<Self> {
        Some(Self {
            date: credit.date,
            title: credit.title.as_deref()?,
            category: credit.category.as_deref().map(|name| accepts.category(name)),
            item: credit.item.as_deref(),
        })
    }
}

/// The order in which duplicates are preferred: largest first, then what is sure. The rest only
/// makes the order total, so that the order of the input cannot matter.
fn canonical(credit: &Credit) -> impl Ord + '_ {
    (
        std::cmp::Reverse(credit.amount),
        !credit.is_firm(),
        credit.date,
        &credit.id,
        (&credit.category, &credit.item, &credit.title),
        (credit.source, credit.course, credit.scheme),
        &credit.curriculum_codes,
    )
}
