//! The evaluation: sort out what cannot count, count the rest, measure the requirements.

use super::count::{Entry, Tally};
use super::explain::{CreditRef, Evaluation, NotCounted, Reason, Requirement};
use super::facts::{Credit, Facts, Source};
use super::require::{Finding, Ground};
use super::rules::{RuleSet, Window};
use crate::base::{Day, FiscalYear, Period};

/// Decides whether the facts satisfy the rules, and explains it.
///
/// The order of the facts does not matter, and a further credit with an id of its own never makes
/// somebody ineligible. Unconfirmed paper is part of `have` and `met`; whoever meets the
/// requirements only with it is eligible provisionally.
pub fn evaluate(rules: &RuleSet, facts: &Facts) -> Evaluation {
    let ground = ground(rules, facts);
    let (admitted, mut not_counted) = sift(&ground);
    let full = Tally::of(rules, admitted.iter().copied());
    let firm = Tally::of(rules, admitted.iter().copied().filter(|credit| credit.is_firm()));

    let mut requirements = Vec::new();
    let mut missing = Vec::new();
    let mut firmly_met = true;
    for rule in rules.requirements.iter().filter(|rule| ground.asks(rule)) {
        let found = ground.find(&rule.measure, &full);
        let firmly = ground.find(&rule.measure, &firm);
        firmly_met &= firmly.met;
        if !found.met {
            missing.push(sentence(&rule.says, &found));
        }
        requirements.push(Requirement {
            id: rule.id.clone(),
            name: rule.name.clone(),
            need: found.need,
            have: found.have,
            have_confirmed: firmly.have,
            met: found.met,
        });
    }

    let mut counted = Vec::new();
    for entry in &full.entries {
        match verdict(entry) {
            None => counted.push(CreditRef(entry.credit.id.clone())),
            Some(reason) => not_counted.push(NotCounted::because(rules, &entry.credit.id, reason)),
        }
    }
    let duplicates = full.duplicates.iter();
    not_counted.extend(duplicates.map(|credit| NotCounted::because(rules, &credit.id, Reason::Duplicate)));
    // By id, so that the order of the input cannot be seen in the answer.
    counted.sort();
    not_counted.sort();

    let eligible = missing.is_empty();
    Evaluation {
        eligible,
        provisional: eligible && !firmly_met,
        rule_version: rules.version.clone(),
        requirements,
        missing,
        counted,
        not_counted,
    }
}

fn verdict(entry: &Entry) -> Option<Reason> {
    let unconfirmed = (!entry.credit.is_firm()).then_some(Reason::UnconfirmedPaper);
    entry.beyond.or(unconfirmed)
}

fn sentence(says: &str, found: &Finding) -> String {
    let need = Day::parse(&found.need).map_or(found.need.clone(), Day::japanese);
    says.replace("{lack}", &found.lack).replace("{list}", &found.list).replace("{need}", &need)
}

fn ground<'a>(rules: &'a RuleSet, facts: &'a Facts) -> Ground<'a> {
    let printed_end = facts.validity.map_or(facts.on, |validity| validity.until);
    let (window, outside) = window(rules, facts).unzip();
    Ground {
        rules,
        facts,
        window,
        outside: outside.unwrap_or(Reason::OutsideWindow),
        renewal_year: FiscalYear::of(printed_end),
    }
}

/// The days that count, and what a day outside them is called; `None` without a limit.
fn window(rules: &RuleSet, facts: &Facts) -> Option<(Period, Reason)> {
    let years = facts.fiscal_years.map(|(first, last)| Period { from: first.first(), until: last.last() });
    match rules.window {
        Window::Open {} => None,
        Window::FiscalYears { years: count } => {
            let now = FiscalYear::of(facts.on);
            let complete = Period { from: FiscalYear(now.0 - count).first(), until: now.previous().last() };
            Some((years.unwrap_or(complete), Reason::OutsideWindow))
        }
        Window::Validity { default_years, grace_months } => {
            Some(match (facts.validity, years, default_years) {
                (Some(validity), _, _) => {
                    let period = extended(validity, grace_months, facts);
                    (period, Reason::OutsideValidity)
                }
                (None, Some(years), _) => (years, Reason::OutsideWindow),
                (None, None, Some(count)) => {
                    let from = facts.on.plus_years(-count).next();
                    let until = facts.on;
                    (Period { from, until }, Reason::OutsideWindow)
                }
                // A renewal without a certificate to renew: no day counts.
                (None, None, None) => {
                    let from = facts.on.next();
                    let until = facts.on.plus_days(-1);
                    (Period { from, until }, Reason::OutsideValidity)
                }
            })
        }
    }
}

/// Grace and special measures move the end later, never earlier.
fn extended(validity: Period, grace_months: i32, facts: &Facts) -> Period {
    let grace = facts.grace.map(|_| validity.until.plus_months(grace_months));
    let special = facts.special_measures.iter().map(|measure| measure.until).max();
    Period {
        from: validity.from,
        until: grace.max(special).map_or(validity.until, |end| end.max(validity.until)),
    }
}

/// The credits that may count, limits aside.
pub(super) fn admitted<'a>(rules: &'a RuleSet, facts: &'a Facts) -> Vec<&'a Credit> {
    sift(&ground(rules, facts)).0
}

/// Separates what may count from what cannot, each for the most lasting reason.
fn sift<'a>(ground: &Ground<'a>) -> (Vec<&'a Credit>, Vec<NotCounted>) {
    let mut admitted = Vec::new();
    let mut refused = Vec::new();
    for credit in &ground.facts.credits {
        match refusal(ground, credit) {
            None => admitted.push(credit),
            Some(reason) => refused.push(NotCounted::because(ground.rules, &credit.id, reason)),
        }
    }
    (admitted, refused)
}

fn refusal(ground: &Ground, credit: &Credit) -> Option<Reason> {
    let rules = ground.rules;
    let scheme = credit.scheme.unwrap_or(rules.scheme);
    let of_scheme = match rules.accepts.schemes.as_slice() {
        [] => scheme == rules.scheme,
        schemes => scheme == rules.scheme || schemes.contains(&scheme),
    };
    if !of_scheme {
        Some(Reason::WrongScheme)
    } else if !rules.accepts.admits(credit) {
        Some(Reason::WrongCourse)
    } else if credit.source == Source::Paper && credit.date > rules.paper_until {
        Some(Reason::PaperAfterCutoff)
    } else if credit.date > ground.facts.on {
        Some(Reason::Future)
    } else if ground.window.is_some_and(|window| !window.contains(credit.date)) {
        Some(ground.outside)
    } else {
        None
    }
}
