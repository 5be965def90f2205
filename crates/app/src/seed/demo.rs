//! The crowd around the named world: 3,000 physicians and 400 trainings over three fiscal years.

use super::Seed;
use super::applications::{self, Case, Credits, certify};
use super::attendance;
use super::chance::{Chance, saturday};
use super::meetings::Batches;
use super::offices::{At, NOBODY_IN_CHARGE};
use super::paper::Ledger;
use super::people::{self, Reach, SHARES};
use super::programmes::{PROGRAMMES, Programme};
use super::trainings::{self, Plan, usual_state};
use super::world::{self, People};
use crate::error::Result;
use mamis_rules::base::{Day, FiscalYear};
use mamis_rules::flow::certification::State as Stage;
use mamis_rules::flow::training_approval::State;
use std::collections::HashMap;

/// Physicians without those of the procedures of membership, the named ones included.
const PHYSICIANS: usize = 3_000;
/// Trainings altogether, those of the named world included.
const TRAININGS: usize = 400;
/// The prefecture of the story gets a larger share than it has.
const KANAGAWA: i32 = 14;

/// Fills in the demo.
///
/// # Errors
/// A fault when the parts contradict each other.
pub(super) fn fill(seed: &mut Seed) -> Result<()> {
    let mut people = world::named_people(seed)?;
    crowd(seed, &mut people)?;
    world::named_trainings(seed, &mut people)?;
    let pools = Pools::of(&people);
    past_trainings(seed, &mut people, &pools)?;
    coming_trainings(seed, &mut people, &pools)?;
    let mut batches = Batches::default();
    world::named_applications(seed, &people, &mut batches)?;
    crowd_applications(seed, &people, &mut batches)?;
    super::procedures::fill(seed)?;
    super::residents::fill(seed)?;
    super::pairs::fill(seed)?;
    super::accounts::fill(seed)?;
    super::accounts::cards(seed)?;
    super::notices::fill(seed)?;
    super::bulk::fill(seed)?;
    super::organizers::fill(seed);
    super::mergers::fill(seed)?;
    super::categories::fill(seed)?;
    super::waiting::fill(seed, &people.all[people.named()..]);
    Ok(())
}

fn crowd(seed: &mut Seed, people: &mut People) -> Result<()> {
    let mut chance = Chance::new(3_000);
    let mut shares = SHARES;
    shares[KANAGAWA as usize - 1] = 220;
    let fujisawa = seed.bodies.at("142051")?;
    let yokohama = seed.bodies.at("141003")?;
    for at in people.named()..PHYSICIANS {
        let prefecture = i32::try_from(chance.weighted(&shares)).unwrap_or_default() + 1;
        let mut draft = people::drawn(&mut chance, at, PHYSICIANS, prefecture);
        if prefecture == KANAGAWA && draft.reach != Reach::Nowhere {
            draft.home = match chance.weighted(&[25, 15, 60]) {
                0 => Some(fujisawa),
                1 => Some(seed.bodies.below(yokohama, &mut chance)),
                _ => None,
            };
        }
        people::settle(seed, &mut chance, &mut draft);
        let mut person = people::add(seed, &draft);
        if chance.percent(34) && draft.registry_on < seed.today.plus_years(-3) {
            let (until, earlier) = validity(&mut chance, seed.today);
            let from = until.next().plus_years(-5);
            let previous = earlier
                .then(|| certify(seed, person.id, from.plus_years(-5), from.plus_days(-1), None, None));
            person.certified = Some(certify(seed, person.id, from, until, previous.as_ref(), None));
        }
        people.all.push(person);
    }
    Ok(())
}

/// The end of a validity, and whether there was a period before: a third end within the year, a
/// few have ended, some of them under the special measure.
pub(super) fn validity(chance: &mut Chance, today: Day) -> (Day, bool) {
    let months = match chance.weighted(&[33, 58, 5, 4]) {
        0 => chance.between(0, 11),
        1 => chance.between(12, 58),
        2 => chance.between(-8, -1),
        _ => {
            let special = Day::new(2020, 3, 1).expect("the calendar has this day");
            return (special.plus_months(chance.between(0, 36) as i32).plus_days(-1), false);
        }
    };
    let first = Day::new(today.year(), today.month(), 1).expect("every month has a first day");
    (first.plus_months(months as i32 + 1).plus_days(-1), chance.percent(55))
}

/// Who may come to which training, by prefecture.
struct Pools {
    certified: HashMap<i32, Vec<usize>>,
    others: HashMap<i32, Vec<usize>>,
}

impl Pools {
    fn of(people: &People) -> Self {
        let mut pools = Self { certified: HashMap::new(), others: HashMap::new() };
        for at in people.named()..people.all.len() {
            let person = &people.all[at];
            let pool = if person.certified.is_some() { &mut pools.certified } else { &mut pools.others };
            pool.entry(person.prefecture).or_default().push(at);
        }
        pools
    }

    /// People for a training there: mostly of the prefecture, some from anywhere.
    fn draw(&self, chance: &mut Chance, programme: &Programme, prefecture: i32, count: usize) -> Vec<usize> {
        let mut chosen = Vec::with_capacity(count);
        for _ in 0..count {
            let lifelong = programme.is_lifelong() || (!programme.is_basic() && chance.percent(35));
            let pool = if lifelong { &self.certified } else { &self.others };
            let place = if chance.percent(80) { prefecture } else { chance.between(1, 47) as i32 };
            let Some(list) = pool.get(&place) else { continue };
            let at = *chance.pick(list);
            if !chosen.contains(&at) {
                chosen.push(at);
            }
        }
        chosen
    }
}

pub(super) fn any_programme(chance: &mut Chance) -> &'static Programme {
    let weights: Vec<u32> = PROGRAMMES.iter().map(|programme| programme.weight).collect();
    PROGRAMMES[chance.weighted(&weights)]
}

/// A host: mostly municipal, sometimes prefectural, national or external.
pub(super) fn any_host(seed: &Seed, chance: &mut Chance, municipal_only: bool) -> Result<At> {
    let mut shares = SHARES;
    shares[KANAGAWA as usize - 1] = 160;
    let prefecture = i32::try_from(chance.weighted(&shares)).unwrap_or_default() + 1;
    let kind = if municipal_only { 0 } else { chance.weighted(&[58, 30, 4, 8]) };
    Ok(match kind {
        0 => At::Body(*chance.pick(seed.bodies.municipal(prefecture))),
        1 => At::Body(seed.bodies.prefectural(prefecture)?),
        2 => At::Body(0),
        _ => At::Organizer(chance.below(2)),
    })
}

/// Saturday afternoons, sometimes weekday evenings.
pub(super) fn any_time(chance: &mut Chance, day: Day) -> (Day, (u32, u32)) {
    if chance.percent(75) {
        (saturday(day), *chance.pick(&[(13, 0), (13, 30), (14, 0), (14, 30), (15, 0)]))
    } else {
        let workday = super::chance::workday(day);
        (workday, *chance.pick(&[(18, 30), (19, 0)]))
    }
}

/// The same, or the morning of a Saturday for a programme that an evening or an afternoon has no room for.
pub(super) fn fitting(
    programme: &Programme,
    wanted: Day,
    (day, start): (Day, (u32, u32)),
) -> (Day, (u32, u32)) {
    let minutes = trainings::minutes(programme);
    let is_over_in_time = i64::from(start.0 * 60 + start.1) + minutes <= trainings::LATEST;
    if is_over_in_time { (day, start) } else { (saturday(wanted), (9, 0)) }
}

fn hold(seed: &mut Seed, people: &mut People, pools: &Pools, plan: &Plan, heads: usize) -> Result<()> {
    let training = trainings::add(seed, plan)?;
    let mut chance = Chance::new(training.starts_at.timestamp().unsigned_abs() ^ heads as u64);
    let chosen = pools.draw(&mut chance, plan.programme, training.prefecture, heads);
    attendance::fill(seed, &training, &mut people.all, &chosen, 0);
    Ok(())
}

/// What lies behind: from the fiscal year before last on, as far as the system existed [seed].
fn past_trainings(seed: &mut Seed, people: &mut People, pools: &Pools) -> Result<()> {
    let mut chance = Chance::new(400);
    let opening = Day::new(2025, 4, 8).expect("the calendar has this day");
    let first = FiscalYear::of(seed.today).previous().previous().first().max(opening);
    let first = first.min(seed.today.plus_days(-200));
    let span = first.days_until(seed.today) - 8;
    let count = TRAININGS - seed.rows.trainings.len() - coming_plan().len();
    for number in 0..count as i64 {
        let wanted = first.plus_days(span * number / count as i64);
        let time = any_time(&mut chance, wanted);
        let programme = any_programme(&mut chance);
        let (day, start) = fitting(programme, wanted, time);
        let host = any_host(seed, &mut chance, false)?;
        let cancelled = chance.percent(3);
        let state = if cancelled { State::Cancelled } else { usual_state(seed, host, day, programme) };
        let capacity = if programme.is_practical() { 24 } else { chance.between(5, 12) as i32 * 10 };
        let plan = Plan { at: host, programme, day, start, capacity, state, lead: 95 };
        let heads = if cancelled { 0 } else { chance.between(22, 75) as usize };
        hold(seed, people, pools, &plan, heads)?;
    }
    Ok(())
}

/// States, days from today, and how many of each lie ahead.
fn coming_plan() -> Vec<(State, i64)> {
    let groups: [(State, usize, i64, i64); 9] = [
        // Recruitment opens 60 days before.
        (State::Approved, 40, 5, 52),
        (State::Approved, 10, 62, 72),
        (State::NationalReview, 12, 80, 85),
        (State::PrefecturalReview, 14, 89, 93),
        (State::Draft, 16, 100, 190),
        (State::Returned, 5, 75, 88),
        (State::Rejected, 3, 60, 75),
        (State::Postponed, 2, 20, 50),
        (State::Cancelled, 3, 20, 50),
    ];
    let spread = |(state, count, from, until): (State, usize, i64, i64)| {
        (0..count).map(move |at| (state, from + (until - from) * at as i64 / count as i64))
    };
    groups.into_iter().flat_map(spread).collect()
}

fn coming_trainings(seed: &mut Seed, people: &mut People, pools: &Pools) -> Result<()> {
    let mut chance = Chance::new(401);
    let needs_two_offices: Vec<&'static Programme> =
        PROGRAMMES.iter().copied().filter(|programme| programme.goes_national()).collect();
    for (state, days) in coming_plan() {
        let wanted = seed.today.plus_days(days);
        let time = any_time(&mut chance, wanted);
        let under_review =
            !matches!(state, State::Approved | State::Draft | State::Postponed | State::Cancelled);
        let programme =
            if under_review { *chance.pick(&needs_two_offices) } else { any_programme(&mut chance) };
        let (day, start) = fitting(programme, wanted, time);
        let host = any_host(seed, &mut chance, under_review)?;
        let capacity = if programme.is_practical() { 20 } else { chance.between(3, 10) as i32 * 10 };
        // Whatever has been decided lies behind: an office has had it for some days.
        let left = seed.today.days_until(day);
        let lead = match state {
            State::PrefecturalReview => left + chance.between(2, 12),
            State::NationalReview => left + chance.between(10, 20),
            State::Returned => left + chance.between(8, 20),
            State::Rejected => left + chance.between(16, 30),
            _ => 110,
        };
        let plan = Plan { at: host, programme, day, start, capacity, state, lead };
        let recruits = state == State::Approved && days < 55;
        let heads = if recruits { chance.between(4, 60) as usize } else { 0 };
        hold(seed, people, pools, &plan, heads)?;
    }
    Ok(())
}

/// How many applications of each kind stand where, apart from those of the named people.
const STAGES: &[(Stage, usize)] = &[
    (Stage::MunicipalExamination, 34),
    (Stage::MunicipalBoard, 13),
    (Stage::MunicipalDecided, 10),
    (Stage::PrefecturalExamination, 30),
    (Stage::PrefecturalBoard, 12),
    (Stage::PrefecturalDecided, 10),
    (Stage::NationalExamination, 28),
    (Stage::NationalCommittee, 14),
    (Stage::NationalBoard, 12),
    (Stage::NationalDecided, 9),
    (Stage::ReturnedByMunicipal, 8),
    (Stage::ReturnedByPrefectural, 4),
    (Stage::ReturnedByNational, 3),
    (Stage::Rejected, 4),
    (Stage::Withdrawn, 5),
    (Stage::Draft, 24),
    (Stage::Approved, 60),
];

/// What the story's associations have at least: the candidates near them come first.
const FIRST: &[(Stage, usize)] = &[
    (Stage::MunicipalExamination, 6),
    (Stage::MunicipalBoard, 3),
    (Stage::MunicipalDecided, 2),
    (Stage::PrefecturalExamination, 2),
    (Stage::PrefecturalBoard, 2),
    (Stage::NationalExamination, 2),
];

fn crowd_applications(seed: &mut Seed, people: &People, batches: &mut Batches) -> Result<()> {
    let ledger = Ledger::of(&seed.rows.credits);
    let (mut renewing, mut beginning) = candidates(seed, people)?;
    for (stage, count) in FIRST.iter().chain(STAGES) {
        for number in 0..*count {
            // One in five applies for the first time.
            let list = if number % 5 == 4 { &mut beginning } else { &mut renewing };
            let fits = |at: &usize| may_stand_at(seed, people, *at, *stage);
            let Some(found) = list.iter().position(fits) else { continue };
            let person = &people.all[list.remove(found)];
            // Something for the office to find.
            let credits = match (stage, number % 7) {
                (Stage::Draft, _) => Credits::AsTheyAre,
                (Stage::MunicipalExamination | Stage::PrefecturalExamination, 3) => Credits::PracticalMissing,
                _ => Credits::Enough,
            };
            let case = Case { generation: number as i64 % 4, credits, ..Case::in_state(*stage) };
            applications::add(seed, batches, &ledger, person, &case)?;
        }
    }
    Ok(())
}

/// Those who may apply, the members of the story's associations first.
fn candidates(seed: &Seed, people: &People) -> Result<(Vec<usize>, Vec<usize>)> {
    let fujisawa = seed.bodies.at("142051")?;
    let soon = seed.today.plus_days(-5)..seed.today.plus_months(11);
    let (mut renewing, mut beginning) = (Vec::new(), Vec::new());
    for at in people.named()..people.all.len() {
        match &people.all[at].certified {
            Some(certified) if soon.contains(&certified.valid_until) => renewing.push(at),
            Some(_) => {}
            None => beginning.push(at),
        }
    }
    let mut chance = Chance::new(7);
    for list in [&mut renewing, &mut beginning] {
        let rank = |at: &usize, chance: &mut Chance| {
            let person = &people.all[*at];
            let chances = if person.certified.is_some() { 100 } else { 20 };
            let near = person.home == Some(fujisawa) && chance.percent(chances);
            (if near { 0 } else { 1 + chance.below(40) }, *at)
        };
        let mut ranked: Vec<_> = list.iter().map(|at| rank(at, &mut chance)).collect();
        ranked.sort_unstable();
        *list = ranked.into_iter().map(|(_, at)| at).collect();
    }
    Ok((renewing, beginning))
}

/// Whether somebody's way leads through that state, past offices where somebody is in charge.
fn may_stand_at(seed: &Seed, people: &People, at: usize, stage: Stage) -> bool {
    let person = &people.all[at];
    let prefecture =
        person.home.and_then(|home| seed.bodies.all[home].prefecture).unwrap_or(person.prefecture);
    let municipal = matches!(
        stage,
        Stage::MunicipalExamination
            | Stage::MunicipalBoard
            | Stage::MunicipalDecided
            | Stage::ReturnedByMunicipal
    );
    let in_charge = prefecture != NOBODY_IN_CHARGE
        || municipal
        || matches!(stage, Stage::Draft | Stage::PrefecturalExamination);
    in_charge && (person.home.is_some() || !municipal)
}
