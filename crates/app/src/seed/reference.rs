//! What every world stands on: associations, their settings and intake calendars, special measures.

use super::Seed;
use super::chance::{Chance, at, workday, workday_before};
use super::names::Name;
use crate::error::{Error, Result};
use mamis_rules::base::{Day, FiscalYear};
use mamis_schema::{
    association, association_ancestor, association_setting, organizer, round, special_measure,
};
use std::collections::HashMap;
use uuid::Uuid;

/// The scheme most of the demo is about.
pub(super) const OCCUPATIONAL: &str = "occupational_physician";

/// A body as the rest of the seed asks about it.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) id: Uuid,
    pub(super) code: String,
    pub(super) tier: String,
    pub(super) name: String,
    /// None for the national association.
    pub(super) prefecture: Option<i32>,
    /// Index of the body above.
    pub(super) parent: Option<usize>,
    pub(super) university: bool,
    /// Towns there with their postal codes, from Japan Post's register; some of them.
    pub(super) places: Vec<Place>,
}

/// A town and its postal code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Seven digits.
    pub(super) postal_code: &'static str,
    /// City and town as in an address.
    pub(super) place: &'static str,
}

impl Body {
    /// The town or school in the name: 藤沢市医師会 → 藤沢市.
    pub(super) fn town(&self) -> &str {
        self.name.strip_suffix("医師会").unwrap_or(&self.name)
    }
}

/// A town of a prefecture in an address. Associations of schools are called after no town, some after the prefecture
/// (福島県立医科大学), which an address names once.
pub(super) fn address_of(prefecture: &str, town: &str) -> String {
    format!("{prefecture}{}", if town.ends_with("大学") { "" } else { town })
}

/// An external organizer as the rest of the seed asks about it.
#[derive(Clone, Debug)]
pub(super) struct Outside {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) prefecture: i32,
}

/// All bodies, by index; the national association is the first.
#[derive(Clone, Debug, Default)]
pub(super) struct Bodies {
    pub(super) all: Vec<Body>,
    /// The external organizers.
    pub(super) organizers: Vec<Outside>,
    by_code: HashMap<String, usize>,
    municipal: HashMap<i32, Vec<usize>>,
    universities: HashMap<i32, Vec<usize>>,
    districts: HashMap<usize, Vec<usize>>,
    schools: Vec<usize>,
}

impl Bodies {
    /// The index of the body with this code.
    ///
    /// # Errors
    /// A fault when the data files have no such body.
    pub(super) fn at(&self, code: &str) -> Result<usize> {
        self.by_code.get(code).copied().ok_or_else(|| Error::fault(format!("seed: no association {code}")))
    }

    /// The prefectural association.
    pub(super) fn prefectural(&self, prefecture: i32) -> Result<usize> {
        self.at(&format!("{prefecture:02}"))
    }

    /// The municipal associations of cities and wards there.
    pub(super) fn municipal(&self, prefecture: i32) -> &[usize] {
        self.municipal.get(&prefecture).map_or(&[], Vec::as_slice)
    }

    /// The university associations there.
    pub(super) fn universities(&self, prefecture: i32) -> &[usize] {
        self.universities.get(&prefecture).map_or(&[], Vec::as_slice)
    }

    /// The body and those above it, lowest first.
    pub(super) fn upward(&self, from: usize) -> Vec<usize> {
        std::iter::successors(Some(from), |at| self.all[*at].parent).collect()
    }

    /// The body itself, or one of its districts where a fourth tier exists.
    pub(super) fn below(&self, body: usize, chance: &mut Chance) -> usize {
        self.districts.get(&body).map_or(body, |districts| *chance.pick(districts))
    }

    /// The name of a medical school, another for each number.
    pub(super) fn school(&self, number: usize) -> &str {
        self.schools.get(number % self.schools.len().max(1)).map_or("", |at| self.all[*at].town())
    }

    fn push(&mut self, body: Body) {
        let at = self.all.len();
        self.by_code.insert(body.code.clone(), at);
        if let ("municipal", Some(prefecture)) = (body.tier.as_str(), body.prefecture) {
            let list = if body.university { &mut self.universities } else { &mut self.municipal };
            list.entry(prefecture).or_default().push(at);
        }
        if let ("district", Some(parent)) = (body.tier.as_str(), body.parent) {
            self.districts.entry(parent).or_default().push(at);
        }
        if body.university {
            self.schools.push(at);
        }
        self.all.push(body);
    }
}

#[derive(serde::Deserialize)]
struct BodyLine {
    code: String,
    tier: String,
    prefecture: Option<i32>,
    parent: String,
    name: String,
    kana: String,
    kind: String,
    provenance: String,
}

/// Fills in everything of this file.
///
/// # Errors
/// A fault when a data file is malformed.
pub(super) fn fill(seed: &mut Seed) -> Result<()> {
    associations(seed)?;
    organizers(seed)?;
    settings(seed)?;
    rounds(seed)?;
    special_measures(seed);
    Ok(())
}

fn places() -> Result<HashMap<&'static str, Vec<Place>>> {
    static LINES: &str = include_str!("data/places.csv");
    let mut places: HashMap<&str, Vec<Place>> = HashMap::new();
    for line in LINES.lines().skip(1) {
        let mut cells = line.splitn(3, ',');
        let mut cell = || cells.next().ok_or_else(|| Error::fault(format!("seed: a place {line}")));
        let association = cell()?;
        let place = Place { postal_code: cell()?, place: cell()? };
        places.entry(association).or_default().push(place);
    }
    Ok(places)
}

fn associations(seed: &mut Seed) -> Result<()> {
    let mut places = places()?;
    let opened_on = Day::new(1947, 11, 1).expect("the calendar has this day");
    let mut presidents = Chance::new(47);
    for line in csv::Reader::from_reader(include_str!("data/associations.csv").as_bytes()).deserialize() {
        let line: BodyLine = line.map_err(Error::fault)?;
        let id = seed.ids.next();
        let parent = if line.parent.is_empty() { None } else { Some(seed.bodies.at(&line.parent)?) };
        let mailbox = if line.code == "00" { "jimu".to_owned() } else { format!("jimu-{}", line.code) };
        seed.rows.associations.push(association::Model {
            id,
            code: line.code.clone(),
            tier: line.tier.clone(),
            name: line.name.clone(),
            kana: line.kana,
            parent: parent.map(|at| seed.bodies.all[at].id),
            prefecture: line.prefecture,
            kind: line.kind.clone(),
            synthetic: line.provenance.starts_with("SYNTHETIC"),
            email: Some(format!("{mailbox}@ishikai.example.jp")),
            phone: Some(format!("0{:02}-000-{:04}", 10 + seed.bodies.all.len() % 80, seed.bodies.all.len())),
            president: Some(Name::by(&mut presidents).full()),
            opened_on: opened_on.date(),
            closed_on: None,
            created_at: seed.began,
            version: 1,
            postal_code: None,
            address: None,
            website: None,
            office_hours: String::new(),
            bank: String::new(),
        });
        seed.bodies.push(Body {
            id,
            places: places.remove(line.code.as_str()).unwrap_or_default(),
            code: line.code,
            tier: line.tier,
            name: line.name,
            prefecture: line.prefecture,
            parent,
            university: line.kind == "university",
        });
        ancestors(seed, seed.bodies.all.len() - 1);
    }
    Ok(())
}

fn ancestors(seed: &mut Seed, body: usize) {
    for (depth, above) in (0..).zip(seed.bodies.upward(body)) {
        seed.rows.ancestors.push(association_ancestor::Model {
            association: seed.bodies.all[body].id,
            ancestor: seed.bodies.all[above].id,
            depth,
        });
    }
}

/// Two bodies outside the tiers; the names are made up.
fn organizers(seed: &mut Seed) -> Result<()> {
    for (name, kana, prefecture) in [
        ("一般社団法人 あおぞら産業保健研修会", "アオゾラサンギョウホケンケンシュウカイ", 13),
        ("NPO法人 みなと働く人の健康ネット", "ミナトハタラクヒトノケンコウネット", 14),
    ] {
        let approved_by = seed.bodies.prefectural(prefecture)?;
        let id = seed.ids.next();
        seed.bodies.organizers.push(Outside { id, name: name.to_owned(), prefecture });
        seed.rows.organizers.push(organizer::Model {
            id,
            name: name.to_owned(),
            kana: kana.to_owned(),
            prefecture,
            approved_by: Some(seed.bodies.all[approved_by].id),
            created_at: seed.began,
            version: 1,
        });
    }
    Ok(())
}

/// What associations decide for themselves: who prints a cover letter, who wants the fee first.
fn settings(seed: &mut Seed) -> Result<()> {
    let valid_from = Day::new(2025, 4, 7).expect("the calendar has this day");
    let chosen = [
        ("00", "certification.cover_letter", "off"),
        ("14", "certification.cover_letter", "on"),
        ("14", "certification.fee_required_before_submission", "on"),
        ("13", "certification.cover_letter", "on"),
        ("142051", "certification.cover_letter", "on"),
        ("142051", "certification.fee_required_before_submission", "on"),
        ("141003", "certification.fee_required_before_submission", "off"),
        ("41", "certification.cover_letter", "off"),
    ];
    for (code, name, value) in chosen {
        let body = seed.bodies.at(code)?;
        seed.rows.settings.push(association_setting::Model {
            id: seed.ids.next(),
            association: seed.bodies.all[body].id,
            name: name.to_owned(),
            value: value.to_owned(),
            valid_from: valid_from.date(),
            created_at: seed.began,
        });
    }
    Ok(())
}

/// COVID [pub]: certificates that ended from February 2020 on may be renewed until March 2028.
fn special_measures(seed: &mut Seed) {
    let day = |year, month, day| Day::new(year, month, day).expect("the calendar has this day").date();
    seed.rows.special_measures.push(special_measure::Model {
        id: seed.ids.next(),
        code: "covid19".to_owned(),
        scheme: OCCUPATIONAL.to_owned(),
        expired_from: day(2020, 2, 1),
        // [assumed]: the public pages name no end; this is the last day before the disease was reclassified.
        expired_until: day(2023, 5, 7),
        extended_until: day(2028, 3, 31),
        reason: "新型コロナウイルス感染症の影響で研修会を受講できなかった方への特例です。".to_owned(),
        created_at: seed.began,
    });
}

/// The national closing days of a fiscal year; the pattern of FY2025 [pub], moved off weekends.
fn national_closings(year: FiscalYear) -> [Day; 6] {
    let pattern = [(0, 5, 1), (0, 7, 1), (0, 9, 1), (0, 11, 4), (1, 1, 5), (1, 3, 2)];
    pattern.map(|(later, month, day)| {
        workday(Day::new(year.0 + later, month, day).expect("the calendar has this day"))
    })
}

#[derive(serde::Deserialize)]
struct RoundLine {
    association: String,
    fiscal_year: i32,
    round: i32,
    opens: Option<chrono::NaiveDate>,
    closes: chrono::NaiveDate,
    provenance: String,
}

type Published = HashMap<(String, i32, i32), (Option<chrono::NaiveDate>, chrono::NaiveDate, String)>;

fn published() -> Result<Published> {
    csv::Reader::from_reader(include_str!("data/rounds.csv").as_bytes())
        .deserialize()
        .map(|line| {
            let line: RoundLine = line.map_err(Error::fault)?;
            let key = (line.association, line.fiscal_year, line.round);
            Ok((key, (line.opens, line.closes, line.provenance)))
        })
        .collect()
}

fn rounds(seed: &mut Seed) -> Result<()> {
    let published = published()?;
    let this_year = FiscalYear::of(seed.today);
    for year in [this_year.previous(), this_year, this_year.next()] {
        for (number, national) in (1..).zip(national_closings(year)) {
            for body in 0..seed.bodies.all.len() {
                round_of(seed, body, year, number, national, &published);
            }
        }
    }
    Ok(())
}

// Each tier closes three to four weeks before the one above and lets its board meet in between, so
// that the batch is there in time. The days vary with the body as they do in public calendars.
fn round_of(
    seed: &mut Seed,
    body: usize,
    year: FiscalYear,
    number: i32,
    national: Day,
    published: &Published,
) {
    let facts = &seed.bodies.all[body];
    let prefectural = workday_before(national.plus_days(-25 - i64::from(facts.prefecture.unwrap_or(0)) % 7));
    let (closes_on, until_board) = match facts.tier.as_str() {
        "national" => (national, 22),
        "prefectural" => (prefectural, 15),
        "municipal" => (workday_before(prefectural.plus_days(-21 - body as i64 % 7)), 12),
        // The district tier examines nothing, so it has no window of its own.
        _ => return,
    };
    let found = published.get(&(facts.name.clone(), year.0, number));
    let (opens_on, closes_on, provenance) = match found {
        Some((opens_on, closes_on, provenance)) => (*opens_on, Day::from(*closes_on), provenance.as_str()),
        None => (Some(closes_on.plus_days(-40).date()), closes_on, "SYNTHETIC"),
    };
    let board_on = workday(closes_on.plus_days(until_board));
    let id = seed.ids.next();
    if facts.tier == "national" {
        seed.national_rounds.push((id, closes_on, board_on));
    }
    seed.rows.rounds.push(round::Model {
        id,
        association: facts.id,
        scheme: OCCUPATIONAL.to_owned(),
        fiscal_year: year.0,
        number,
        opens_on,
        closes_on: closes_on.date(),
        board_on: Some(board_on.date()),
        provenance: provenance.to_owned(),
    });
}

/// The moment the world was set up: everything else in it has happened before.
pub(super) fn began(today: Day) -> chrono::DateTime<chrono::Utc> {
    at(today, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn national_closings_of_2025_are_the_published_ones() {
        let published = published().expect("the file is well-formed");
        for (number, day) in (1..).zip(national_closings(FiscalYear(2025))) {
            let (_, closes_on, _) = &published[&("日本医師会".to_owned(), 2025, number)];
            assert_eq!(day.date(), *closes_on, "round {number}");
        }
    }
}
