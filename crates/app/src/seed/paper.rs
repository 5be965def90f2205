//! Paper credits: the stickers of the time before the system, declared line by line.

use super::Seed;
use super::people::Person;
use super::reference::OCCUPATIONAL;
use chrono::{DateTime, Utc};
use mamis_rules::base::{Credits, Day, Period};
use mamis_rules::credit::{Course, Credit, Facts, Kind, Scheme, Source, Waiver, evaluate, rule_set};
use mamis_schema::{credit, paper_credit};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// The last day on which stickers were handed out [seed].
pub(super) fn last_day() -> Day {
    Day::new(2025, 3, 31).expect("the calendar has this day")
}

/// Digital credits by physician, as the rules read them.
#[derive(Debug, Default)]
pub(super) struct Ledger(HashMap<Uuid, Vec<Credit>>);

impl Ledger {
    /// The credits made so far.
    pub(super) fn of(credits: &[credit::Model]) -> Self {
        Self::among(credits, |_| true)
    }

    /// The credits of these people alone.
    pub(super) fn of_people(credits: &[credit::Model], people: &[Person]) -> Self {
        let ids: HashSet<Uuid> = people.iter().map(|person| person.id).collect();
        Self::among(credits, |physician| ids.contains(&physician))
    }

    fn among(credits: &[credit::Model], wanted: impl Fn(Uuid) -> bool) -> Self {
        let mut ledger: HashMap<Uuid, Vec<_>> = HashMap::new();
        let fits = |credit: &&credit::Model| credit.scheme == OCCUPATIONAL && wanted(credit.physician);
        for row in credits.iter().filter(fits) {
            let fact = fact(row.id, Source::Training, row.earned_on.into(), row.amount, &row.title);
            let fact = Credit { course: row.course.parse().ok(), ..fact };
            let fact = Credit { category: word(&row.category), item: word(&row.item), ..fact };
            ledger.entry(row.physician).or_default().push(fact);
        }
        Self(ledger)
    }

    fn credits(&self, physician: Uuid) -> &[Credit] {
        self.0.get(&physician).map_or(&[], Vec::as_slice)
    }

    /// Hundredths of a credit of a course, category and item (each empty for any) in a period.
    fn sum(&self, physician: Uuid, period: Period, course: Course, category: &str, item: &str) -> i64 {
        let fits =
            |wanted: &str, found: &Option<String>| wanted.is_empty() || found.as_deref() == Some(wanted);
        let counts = |credit: &&Credit| {
            period.contains(credit.date)
                && credit.course == Some(course)
                && fits(category, &credit.category)
                && fits(item, &credit.item)
        };
        let credits = self.credits(physician).iter().filter(counts);
        credits.map(|credit| credit.amount).sum::<Credits>().hundredths()
    }
}

fn word(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn fact(id: Uuid, source: Source, date: Day, amount: i64, title: &str) -> Credit {
    Credit {
        id: id.to_string(),
        date,
        source,
        scheme: Some(Scheme::OccupationalPhysician),
        course: None,
        category: None,
        item: None,
        amount: Credits::from_hundredths(amount),
        curriculum_codes: BTreeSet::new(),
        title: word(title),
        confirmed: false,
    }
}

/// What the rules said on the day of submission, over the digital credits and the declared lines as far as an office has
/// compared them by now; as JSON, the way the application keeps it.
pub(super) fn evaluation(
    ledger: &Ledger,
    person: &Person,
    declared: &[paper_credit::Model],
    waiver: Option<Waiver>,
    on: Day,
) -> Option<String> {
    let kind = if person.certified.is_some() { Kind::Renewal } else { Kind::Initial };
    let rules = rule_set(Scheme::OccupationalPhysician, kind, on)?;
    let paper = declared.iter().filter(|row| row.physician == person.id).map(|row| {
        let fact = fact(row.id, Source::Paper, row.earned_on.into(), row.amount, &row.title);
        let fact = Credit { course: row.course.parse().ok(), confirmed: row.state == "confirmed", ..fact };
        Credit { category: word(&row.category), item: word(&row.item), ..fact }
    });
    let validity =
        person.certified.as_ref().map(|held| Period { from: held.valid_from, until: held.valid_until });
    let credits = ledger.credits(person.id).iter().cloned().chain(paper).collect();
    let facts = Facts { validity, waivers: waiver.into_iter().collect(), credits, ..Facts::on(on) };
    serde_json::to_string(&evaluate(rules, &facts)).ok()
}

/// How the office stands to the lines.
#[derive(Clone, Copy, Debug)]
pub(super) enum Compared {
    NotYet,
    By(Uuid, DateTime<Utc>),
}

/// A line to declare.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sticker {
    pub(super) course: &'static str,
    pub(super) category: &'static str,
    pub(super) item: &'static str,
    pub(super) amount: i64,
}

/// The lines that are missing to a renewal: 20 credits with 更新, 実地 and 専門 at least once [pub].
pub(super) fn missing_to_renewal(ledger: &Ledger, person: &Person, validity: Period) -> Vec<Sticker> {
    let line = |category, amount| Sticker { course: "lifelong", category, item: "", amount };
    let mut lines = Vec::new();
    for (category, amount) in [("更新", 100), ("実地", 150), ("専門", 150)] {
        if ledger.sum(person.id, validity, Course::Lifelong, category, "") < 100 {
            lines.push(line(category, amount));
        }
    }
    let have = |lines: &[Sticker]| {
        ledger.sum(person.id, validity, Course::Lifelong, "", "")
            + lines.iter().map(|line| line.amount).sum::<i64>()
    };
    for category in ["専門", "更新", "専門", "実地"].into_iter().cycle() {
        if have(&lines) >= 2_000 {
            break;
        }
        lines.push(line(category, if category == "更新" { 200 } else { 300 }));
    }
    lines
}

/// The lines that are missing to an initial application: 前期 14 with its items, 実地 10, 後期 26 [pub].
pub(super) fn missing_to_initial(ledger: &Ledger, person: &Person, window: Period) -> Vec<Sticker> {
    const ITEMS: [(&str, i64); 8] = [
        ("総論", 200),
        ("健康管理", 200),
        ("メンタルヘルス対策", 100),
        ("健康保持増進", 100),
        ("作業環境管理", 200),
        ("作業管理", 200),
        ("有害業務管理", 200),
        ("産業医活動の実際", 200),
    ];
    let line = |category, item, amount| Sticker { course: "basic", category, item, amount };
    let mut lines = Vec::new();
    for (item, need) in ITEMS {
        let have = ledger.sum(person.id, window, Course::Basic, "前期", item);
        if have < need {
            lines.push(line("前期", item, need - have));
        }
    }
    for (category, need) in [("実地", 1_000), ("後期", 2_600)] {
        let mut have = ledger.sum(person.id, window, Course::Basic, category, "");
        while have < need {
            let amount = (need - have).min(300);
            lines.push(line(category, "", amount));
            have += amount;
        }
    }
    lines
}

/// Writes the lines, spread over the part of the period in which stickers existed. A period without
/// such a part gets none.
pub(super) fn declare(
    seed: &mut Seed,
    person: &Person,
    lines: &[Sticker],
    period: Period,
    compared: Compared,
    declared_at: DateTime<Utc>,
) {
    let until = period.until.min(last_day());
    let span = period.from.days_until(until);
    if span < lines.len() as i64 {
        return;
    }
    for (number, sticker) in (1..).zip(lines) {
        // Two lines of one category on one day would be the same training twice.
        let earned_on = period.from.plus_days(span * number / (lines.len() as i64 + 1));
        declare_one(seed, person, *sticker, earned_on, compared, declared_at);
    }
}

fn declare_one(
    seed: &mut Seed,
    person: &Person,
    sticker: Sticker,
    earned_on: Day,
    compared: Compared,
    at: DateTime<Utc>,
) {
    seed.counts.stickers += 1;
    let home = person.home.map_or(0, |home| *seed.bodies.upward(home).iter().rev().nth(1).unwrap_or(&0));
    let decided = match compared {
        Compared::NotYet => None,
        Compared::By(account, at) => Some((account, at)),
    };
    let title = match (sticker.course, sticker.category) {
        ("basic", "前期") => format!("産業医学基礎研修会 前期（{}）", sticker.item),
        ("basic", category) => format!("産業医学基礎研修会 {category}"),
        (_, "更新") => "産業医研修会 法令改正の要点".to_owned(),
        (_, "実地") => "産業医研修会 職場巡視の実際".to_owned(),
        _ => "産業医研修会 産業保健の実務".to_owned(),
    };
    seed.rows.paper_credits.push(paper_credit::Model {
        id: seed.ids.next(),
        physician: person.id,
        scheme: OCCUPATIONAL.to_owned(),
        course: sticker.course.to_owned(),
        category: sticker.category.to_owned(),
        item: sticker.item.to_owned(),
        amount: sticker.amount,
        earned_on: earned_on.date(),
        host_name: seed.bodies.all[home].name.clone(),
        title,
        sticker_number: Some(format!("S{:08}", 24_000_000 + seed.counts.stickers)),
        photo: None,
        state: if decided.is_some() { "confirmed" } else { "declared" }.to_owned(),
        decided_by: decided.map(|(account, _)| account),
        decided_at: decided.map(|(_, at)| at),
        comment: String::new(),
        entered_by: String::new(),
        created_at: at,
        version: if decided.is_some() { 2 } else { 1 },
    });
}
