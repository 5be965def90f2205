//! Where a physician stands in one scheme: until when, what is there, what is missing.

use super::lists::ledger::{Entry, Ledger};
use mamis_rules::base::{CertificationId, Credits, Day, DocumentId, Period};
use mamis_rules::certification::{self, Standing as Validity};
use mamis_rules::credit::{
    Activity, Evaluation, Facts, Grace, Kind, Measure, Reason, Requirement, RuleSet, Scheme, SpecialMeasure,
    Waiver, Window, evaluate, rule_set,
};

/// The schemes whose certification is applied for here.
pub const CERTIFIED: &[Scheme] = &[Scheme::OccupationalPhysician, Scheme::SportsPhysician];

/// The latest certification of a physician in one scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The row of the latest validity.
    pub id: CertificationId,
    /// Scheme.
    pub scheme: Scheme,
    /// Number on the certificate.
    pub number: String,
    /// As printed.
    pub validity: Period,
    /// The first day without the title, if it was lost.
    pub ended_on: Option<Day>,
    /// How the title was lost, in a word; empty while it is held.
    pub loss: &'static str,
    /// Special measures that hold for this certificate.
    pub measures: Vec<Prolonged>,
    /// The end of the validity before, when the latest one has not begun yet.
    pub until_then: Option<Day>,
    /// The periods before of the same scheme, the latest first.
    pub earlier: Vec<Held>,
    /// The certificate to download, once it is issued.
    pub certificate: Option<DocumentId>,
}

/// A special measure as it holds for one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prolonged {
    /// Which one.
    pub code: String,
    /// Renewal is possible until this day.
    pub until: Day,
    /// Why, in words for people.
    pub reason: String,
}

impl Held {
    /// The last day that counts, special measures included.
    pub fn expires_on(&self) -> Day {
        self.facts().expires_on()
    }

    /// Valid, expired, lost or not begun on a day.
    pub fn on(&self, day: Day) -> Validity {
        self.facts().standing(day)
    }

    /// The period with this row: the latest one or an earlier one.
    pub fn period(&self, id: CertificationId) -> Option<&Self> {
        std::iter::once(self).chain(&self.earlier).find(|held| held.id == id)
    }

    /// Whether the latest validity was granted ahead and has not begun.
    pub fn begins_later(&self, today: Day) -> bool {
        self.validity.from > today
    }

    fn facts(&self) -> certification::Certification {
        certification::Certification {
            validity: self.validity,
            prolonged_until: self.measures.iter().map(|measure| measure.until).max(),
            ended_on: self.ended_on,
        }
    }
}

/// What an application adds to the facts of a physician.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// Why the validity is extended by the grace months.
    pub grace: Option<Grace>,
    /// What replaces the credits.
    pub waiver: Option<Waiver>,
    /// The day on which a proof of activity was handed in.
    pub activity_on: Option<Day>,
}

/// Where a physician stands in one scheme and kind.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Scheme.
    pub scheme: Scheme,
    /// What is asked for.
    pub kind: Kind,
    /// The certification to renew; none where the first one is asked for.
    pub held: Option<Held>,
    /// What the rules say.
    pub evaluation: Evaluation,
    /// The requirements that are amounts, for bars.
    pub bars: Vec<Bar>,
    /// The first and the last day that count; none without a limit.
    pub window: Option<Period>,
    /// What is claimed instead of credits, with its day and how long it holds; empty for nothing.
    pub waived: String,
}

/// One requirement as a bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Stable id of the requirement.
    pub id: String,
    /// The credit category it asks for, to look for trainings.
    pub category: Option<String>,
    /// Its name.
    pub label: String,
    /// What is there, in 1/100.
    pub have: i64,
    /// What is asked, in 1/100.
    pub need: i64,
    /// What is there, in words.
    pub have_text: String,
    /// What is asked, in words.
    pub need_text: String,
    /// Whether it is met, unconfirmed paper included.
    pub met: bool,
    /// What is still missing, in words; empty when met.
    pub lack_text: String,
}

/// What is asked for in a scheme on a day: renewal while there is a certification that was not lost.
pub fn kind_asked(scheme: Scheme, held: Option<&Held>, today: Day) -> Kind {
    match held {
        Some(held) if held.on(today) != Validity::Revoked => Kind::Renewal,
        _ if CERTIFIED.contains(&scheme) => Kind::Initial,
        _ => Kind::ALL
            .iter()
            .copied()
            .find(|kind| rule_set(scheme, *kind, today).is_some())
            .unwrap_or(Kind::Record),
    }
}

/// Evaluates one scheme. `None` when the scheme has no such kind.
pub fn of(
    scheme: Scheme,
    kind: Kind,
    all: &[Held],
    ledger: &Ledger,
    claim: Claim,
    today: Day,
) -> Option<Standing> {
    let rules = rule_set(scheme, kind, today)?;
    let held = all.iter().find(|held| held.scheme == scheme).filter(|_| kind == Kind::Renewal).cloned();
    let facts = facts(rules, held.as_ref(), all, ledger, claim, today);
    let evaluation = evaluate(rules, &facts);
    let bars = evaluation.requirements.iter().filter_map(|found| bar(rules, found)).collect();
    let window = held.as_ref().map(|held| window(rules, held, claim));
    let waived = claim.waiver.map(|waiver| waived(rules, waiver)).unwrap_or_default();
    Some(Standing { scheme, kind, held, evaluation, bars, window, waived })
}

fn facts(
    rules: &RuleSet,
    held: Option<&Held>,
    all: &[Held],
    ledger: &Ledger,
    claim: Claim,
    today: Day,
) -> Facts {
    let counts = |scheme: Scheme| scheme == rules.scheme || rules.accepts.schemes.contains(&scheme);
    let measure = |measure: &Prolonged| SpecialMeasure { id: measure.code.clone(), until: measure.until };
    Facts {
        validity: held.map(|held| held.validity),
        grace: claim.grace,
        special_measures: held.map(|held| held.measures.iter().map(measure).collect()).unwrap_or_default(),
        holds: all.iter().filter(|held| held.on(today) == Validity::Valid).map(|held| held.scheme).collect(),
        waivers: claim.waiver.into_iter().collect(),
        activities: claim
            .activity_on
            .map(|date| Activity { kind: "proof".to_owned(), date })
            .into_iter()
            .collect(),
        credits: ledger.facts().into_iter().filter(|credit| credit.scheme.is_some_and(counts)).collect(),
        ..Facts::on(today)
    }
}

/// 「産業医科大学 産業医学基本講座の修了（修了日 2024年9月30日、5年以内に申請）」.
fn waived(rules: &RuleSet, waiver: Waiver) -> String {
    let years = rules.waivers.iter().find(|rule| rule.kind == waiver.kind).and_then(|rule| rule.years);
    let day = waiver.date.map(|day| format!("修了日 {}", day.japanese()));
    let within = years.map(|years| format!("{years}年以内に申請"));
    let words: Vec<String> = day.into_iter().chain(within).collect();
    match &words[..] {
        [] => waiver.kind.label().to_owned(),
        words => format!("{}（{}）", waiver.kind.label(), words.join("、")),
    }
}

/// The days that count, with the grace months where a reason was given and special measures.
fn window(rules: &RuleSet, held: &Held, claim: Claim) -> Period {
    let months = match rules.window {
        Window::Validity { grace_months, .. } => grace_months,
        Window::Open {} | Window::FiscalYears { .. } => 0,
    };
    let grace = claim.grace.map(|_| held.validity.until.plus_months(months));
    let until = held.expires_on();
    Period { from: held.validity.from, until: grace.map_or(until, |grace| grace.max(until)) }
}

/// The last day of the grace months of a rule set; none where it has none.
pub fn grace_until(scheme: Scheme, held: &Held, today: Day) -> Option<Day> {
    match rule_set(scheme, Kind::Renewal, today)?.window {
        Window::Validity { grace_months, .. } if grace_months > 0 => {
            Some(held.validity.until.plus_months(grace_months))
        }
        _ => None,
    }
}

fn bar(rules: &RuleSet, found: &Requirement) -> Option<Bar> {
    let rule = rules.requirements.iter().find(|rule| rule.id == found.id)?;
    let (unit, category) = match &rule.measure {
        Measure::Credits { category, .. } => ("単位", category.clone()),
        Measure::CreditsPlusCodes { .. } => ("", None),
        Measure::Subjects { .. } => ("科目", None),
        Measure::Entries { .. } | Measure::Activities { .. } | Measure::Certificate { .. } => ("件", None),
        Measure::WindowEnd {} | Measure::YearsAfterLastCredit { .. } => return None,
    };
    let have: Credits = found.have.parse().ok()?;
    // Where something else stands in for the credits, none are asked for.
    let need: Credits = found.need.parse().ok().filter(|need: &Credits| !need.is_zero())?;
    let lack = need.saturating_sub(have);
    Some(Bar {
        id: found.id.clone(),
        category,
        label: found.name.clone(),
        have: have.hundredths().min(need.hundredths()),
        need: need.hundredths().max(1),
        have_text: format!("{have}{unit}"),
        need_text: format!("{need}{unit}"),
        met: found.met,
        lack_text: if found.met { String::new() } else { format!("あと{lack}{unit}") },
    })
}

impl Standing {
    /// What is missing in a few words: 「実地 1単位・合計 2単位」; empty when every amount is there.
    pub fn gap(&self) -> String {
        let name = |bar: &Bar| if bar.id == "total" { "合計".to_owned() } else { bar.label.clone() };
        let open = |bar: &&Bar| !bar.met && !bar.id.starts_with("item:");
        let (total, parts): (Vec<&Bar>, Vec<&Bar>) =
            self.bars.iter().filter(open).partition(|bar| bar.id == "total");
        let words = |bar: &Bar| format!("{} {}", name(bar), bar.lack_text.trim_start_matches("あと"));
        parts.into_iter().chain(total).map(words).collect::<Vec<_>>().join("・")
    }

    /// Whether a credit counts; paper that no office has compared counts for now.
    pub fn counts(&self, entry: &Entry) -> bool {
        self.why_not(entry).is_none()
    }

    /// Why a credit does not count, in words.
    pub fn why_not(&self, entry: &Entry) -> Option<String> {
        let id = entry.id.to_string();
        let found = self.evaluation.not_counted.iter().find(|credit| credit.id == id)?;
        let of = self.held.iter().flat_map(|held| &held.earlier);
        let before = of.map(|held| held.validity).find(|validity| validity.contains(entry.earned_on));
        match (found.reason, before) {
            (Reason::UnconfirmedPaper, _) => None,
            (Reason::OutsideValidity, Some(validity)) => {
                Some(format!("前の有効期間（{}まで）の単位です", validity.until.japanese()))
            }
            _ => Some(found.message.clone()),
        }
    }

    /// Whether a credit counts for now and an office has yet to compare it with the original.
    pub fn waits(&self, entry: &Entry) -> bool {
        let id = entry.id.to_string();
        let found = self.evaluation.not_counted.iter().find(|credit| credit.id == id);
        found.is_some_and(|found| found.reason == Reason::UnconfirmedPaper)
    }

    /// The categories that are still missing.
    pub fn missing_categories(&self) -> Vec<&str> {
        let open = self.bars.iter().filter(|bar| !bar.met);
        open.filter_map(|bar| bar.category.as_deref()).collect()
    }
}
