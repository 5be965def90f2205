//! A load of national size, made and written in chunks.
//!
//! Everything is generated person by person, so that the indexes that begin with the physician are
//! written in their order; what several people share (seats, batches) is written at the end.

use super::applications::{self, Case, certify};
use super::attendance::{self, Events};
use super::chance::{Chance, saturday};
use super::demo::{any_host, any_programme, any_time, fitting, validity};
use super::load::Loader;
use super::meetings::Batches;
use super::offices::NOBODY_IN_CHARGE;
use super::paper::Ledger;
use super::people::{self, Email, FirstLogin, Person, SHARES};
use super::trainings::{self, Plan, Training, usual_state};
use super::{Seed, Summary};
use crate::App;
use crate::cx::Cx;
use crate::error::Result;
use crate::secret::sha256_hex;
use chrono::{DateTime, TimeDelta, Utc};
use mamis_rules::base::FiscalYear;
use mamis_rules::flow::certification::State as Stage;
use mamis_rules::flow::training_approval::State;
use mamis_schema::{seat_count, session};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// How large a load world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct National {
    /// Physicians.
    pub physicians: usize,
    /// Credits, to within half a percent.
    pub credits: usize,
    /// Physicians who are logged in, spread evenly.
    pub sessions: usize,
}

impl National {
    /// The country: 350,000 physicians with 5 million credits.
    pub const COUNTRY: Self = Self { physicians: 350_000, credits: 5_000_000, sessions: 20_000 };
    /// As many physicians as the demo, with as many credits each as the country: what the country is
    /// compared with.
    pub const TOWN: Self = Self { physicians: 3_000, credits: 43_000, sessions: 1_000 };

    /// Trainings over three fiscal years: 30,000 for the country.
    const fn trainings(self) -> usize {
        let share = self.physicians * 3 / 35;
        if share < 300 { 300 } else { share }
    }
}

/// The login ids of the officers with a session `bench-officer-<n>`.
pub const BENCH_OFFICERS: &[&str] = &[
    "national-cert",
    "tokyo-cert",
    "kanagawa-cert",
    "fujisawa-cert",
    "national-training",
    "kanagawa-training",
    "o34",
    "o31",
];

/// Physicians and trainings written at once.
const CHUNK: usize = 5_000;

/// A training that still has seats.
struct Hall {
    training: Training,
    left: i32,
    order: i64,
    attendees: i32,
    members: i32,
}

impl Hall {
    /// Seats the person, whose time is then taken.
    fn seat(&mut self, seed: &mut Seed, person: &mut Person) {
        self.order += 1;
        self.left -= 1;
        let created_at = self.training.recruits_from + TimeDelta::minutes(7 * self.order);
        attendance::sign_up(seed, &self.training, person, self.order, created_at, None);
        person.busy.push((self.training.starts_at, self.training.ends_at));
    }
}

/// What physicians choose from.
struct Halls {
    all: Vec<Hall>,
    /// Over and with credits, by prefecture and by whether they are for the certified.
    over: HashMap<(i32, bool), Vec<usize>>,
    /// Recruiting now.
    open: Vec<usize>,
}

/// Writes the whole world.
///
/// # Errors
/// A fault of the database.
pub(super) async fn load(app: &Arc<App>, mut seed: Seed, size: National) -> Result<Summary> {
    let mut summary = Summary::default();
    Loader::hurry(&app.db).await?;
    // Sessions go by the time outside, not by the business day.
    officers_log_in(&mut seed, app.clock.wall());
    let mut halls = Halls { all: Vec::new(), over: HashMap::new(), open: Vec::new() };
    let mut chance = Chance::new(350);
    let mut made = 0;
    while made < size.trainings() {
        let until = (made + CHUNK).min(size.trainings());
        for number in made..until {
            hold(&mut seed, &mut chance, &mut halls, number, size.trainings())?;
        }
        made = until;
        write(app, &mut seed, &mut summary, Extent::Everything).await?;
    }
    let mut crowd = Crowd { size, chance, credits: 0, batches: Batches::default(), now: app.clock.wall() };
    let mut from = 0;
    while from < size.physicians {
        let until = (from + CHUNK).min(size.physicians);
        crowd.chunk(&mut seed, &mut halls, from, until)?;
        write(app, &mut seed, &mut summary, Extent::Chunk).await?;
        from = until;
    }
    seats(&mut seed, &halls);
    seed.number_series();
    write(app, &mut seed, &mut summary, Extent::Everything).await?;
    crate::db::search::rebuild(&app.db).await?;
    Loader::calm(app).await?;
    crate::head_count::actions::count(&Cx::system(app, "seed")).await?;
    Ok(summary)
}

/// How much of the rows is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    Chunk,
    Everything,
}

async fn write(app: &App, seed: &mut Seed, summary: &mut Summary, extent: Extent) -> Result<()> {
    let mut load = Loader::begin(&app.db, summary).await?;
    match extent {
        Extent::Chunk => seed.rows.write_chunk(&mut load).await?,
        Extent::Everything => seed.rows.write(&mut load).await?,
    }
    load.commit().await
}

/// One training: nineteen in twenty are over.
fn hold(seed: &mut Seed, chance: &mut Chance, halls: &mut Halls, number: usize, count: usize) -> Result<()> {
    let first = FiscalYear::of(seed.today).previous().previous().first();
    let past = count * 19 / 20;
    let programme = any_programme(chance);
    let at = any_host(seed, chance, number >= past)?;
    let (day, start, state) = if number < past {
        let span = first.days_until(seed.today) - 8;
        let wanted = first.plus_days(span * number as i64 / past as i64);
        let (day, start) = fitting(programme, wanted, any_time(chance, wanted));
        (day, start, usual_state(seed, at, day, programme))
    } else {
        let days = 5 + 115 * (number - past) as i64 / (count - past) as i64;
        let state = match days {
            ..=70 => State::Approved,
            71..=100 if programme.goes_national() => State::PrefecturalReview,
            _ => State::Draft,
        };
        (saturday(seed.today.plus_days(days)), (14, 0), state)
    };
    let capacity = if programme.is_practical() { 40 } else { chance.between(10, 26) as i32 * 10 };
    let left = seed.today.days_until(day);
    let lead = if state == State::PrefecturalReview { left + chance.between(2, 12) } else { 95 };
    let training = trainings::add(seed, &Plan { at, programme, day, start, capacity, state, lead })?;
    let index = halls.all.len();
    if training.has_credits() {
        halls.over.entry((training.prefecture, programme.is_lifelong())).or_default().push(index);
    } else if state == State::Approved
        && training.recruits_from < seed.began
        && training.recruits_until > seed.began
    {
        halls.open.push(index);
    }
    halls.all.push(Hall { training, left: capacity, order: 0, attendees: 0, members: 0 });
    Ok(())
}

/// The physicians, chunk by chunk.
struct Crowd {
    size: National,
    chance: Chance,
    credits: usize,
    batches: Batches,
    now: DateTime<Utc>,
}

impl Crowd {
    fn chunk(&mut self, seed: &mut Seed, halls: &mut Halls, from: usize, until: usize) -> Result<()> {
        let mut applicants = Vec::new();
        for at in from..until {
            let mut person = self.person(seed, at);
            self.attends(seed, halls, &mut person, at);
            if at.is_multiple_of(10) && !halls.open.is_empty() {
                let open = *self.chance.pick(&halls.open);
                let hall = &mut halls.all[open];
                if hall.left > 0 && person.is_free(hall.training.starts_at, hall.training.ends_at) {
                    hall.seat(seed, &mut person);
                }
            }
            if at % 120 == 60 {
                applicants.push(person);
            }
        }
        let ledger = Ledger::of_people(&seed.rows.credits, &applicants);
        for person in &applicants {
            let stage = self.stage(seed, person);
            let case = Case { generation: self.chance.between(0, 3), ..Case::in_state(stage) };
            applications::add(seed, &mut self.batches, &ledger, person, &case)?;
        }
        Ok(())
    }

    /// A physician; every so many is logged in, three in ten are certified.
    fn person(&mut self, seed: &mut Seed, at: usize) -> Person {
        let prefecture = i32::try_from(self.chance.weighted(&SHARES)).unwrap_or_default() + 1;
        let mut draft = people::drawn(&mut self.chance, at, self.size.physicians, prefecture);
        people::settle(seed, &mut self.chance, &mut draft);
        let every = (self.size.physicians / self.size.sessions.max(1)).max(1);
        let logged_in = at.is_multiple_of(every) && at / every < self.size.sessions;
        if logged_in {
            (draft.first_login, draft.email) = (FirstLogin::Done, Email::Verified);
        }
        let mut person = people::add(seed, &draft);
        if logged_in {
            log_in(seed, person.account, &format!("bench-{}", at / every), self.now, None);
        }
        if self.chance.percent(29) {
            let (until, _) = validity(&mut self.chance, seed.today);
            let from = until.next().plus_years(-5);
            person.certified = Some(certify(seed, person.id, from, until, None, None));
        }
        person
    }

    /// Seats the person in trainings until the share of the credits is reached.
    fn attends(&mut self, seed: &mut Seed, halls: &mut Halls, person: &mut Person, at: usize) {
        let certified = person.certified.is_some();
        let share = (self.size.credits - self.credits.min(self.size.credits)) / (self.size.physicians - at);
        // The certified need credits; the others come now and then. 0.29 · 1.65 + 0.71 · 0.73 ≈ 1.
        let usual = if certified { share * 165 / 100 } else { share * 73 / 100 };
        let wanted = usual / 4 + self.chance.below(usual * 3 / 2 + 1);
        let before = seed.rows.credits.len();
        for _ in 0..wanted * 3 {
            if seed.rows.credits.len() - before >= wanted {
                break;
            }
            let lifelong = certified && self.chance.percent(75);
            let place =
                if self.chance.percent(85) { person.prefecture } else { self.chance.between(1, 47) as i32 };
            let Some(list) = halls.over.get(&(place, lifelong)) else { continue };
            let hall = &mut halls.all[*self.chance.pick(list)];
            if hall.left == 0 || !person.is_free(hall.training.starts_at, hall.training.ends_at) {
                continue;
            }
            hall.seat(seed, person);
            hall.attendees += 1;
            hall.members += i32::from(person.home.is_some());
            attendance::attend(seed, &hall.training, person, Events::Latest);
        }
        self.credits += seed.rows.credits.len() - before;
    }

    /// Where an application of this person may stand; mostly on desks.
    fn stage(&mut self, seed: &Seed, person: &Person) -> Stage {
        const STAGES: [(Stage, u32); 12] = [
            (Stage::MunicipalExamination, 20),
            (Stage::MunicipalBoard, 8),
            (Stage::MunicipalDecided, 4),
            (Stage::PrefecturalExamination, 18),
            (Stage::PrefecturalBoard, 8),
            (Stage::PrefecturalDecided, 4),
            (Stage::NationalExamination, 18),
            (Stage::NationalCommittee, 6),
            (Stage::NationalBoard, 4),
            (Stage::ReturnedByMunicipal, 3),
            (Stage::Draft, 3),
            (Stage::Approved, 10),
        ];
        let home = person.home.and_then(|home| seed.bodies.all[home].prefecture);
        let (stage, _) = STAGES[self.chance.weighted(&STAGES.map(|(_, weight)| weight))];
        match (home.unwrap_or(person.prefecture), stage) {
            (NOBODY_IN_CHARGE, _) => Stage::PrefecturalExamination,
            (
                _,
                Stage::MunicipalExamination
                | Stage::MunicipalBoard
                | Stage::MunicipalDecided
                | Stage::ReturnedByMunicipal,
            ) if person.home.is_none() => Stage::PrefecturalExamination,
            _ => stage,
        }
    }
}

/// The seat counts and holding reports, once everybody has sat down.
fn seats(seed: &mut Seed, halls: &Halls) {
    for hall in &halls.all {
        seed.rows.seat_counts.push(seat_count::Model {
            training: hall.training.id,
            capacity: hall.training.capacity,
            taken: hall.training.capacity - hall.left,
            last_order: hall.order,
            last_waiting: 0,
        });
        trainings::report(seed, &hall.training, hall.attendees, hall.members);
    }
}

fn officers_log_in(seed: &mut Seed, now: DateTime<Utc>) {
    for (number, login_id) in BENCH_OFFICERS.iter().enumerate() {
        let found = seed.rows.accounts.iter().find(|account| account.login_id == *login_id);
        if let Some(account) = found.map(|account| account.id) {
            log_in(seed, account, &format!("bench-officer-{number}"), now, Some(now));
        }
    }
}

/// A session whose cookie value is known, for load tools.
fn log_in(
    seed: &mut Seed,
    account: Uuid,
    token: &str,
    now: DateTime<Utc>,
    second_factor_at: Option<DateTime<Utc>>,
) {
    seed.rows.sessions.push(session::Model {
        id: seed.ids.next(),
        token_hash: sha256_hex(token.as_bytes()),
        account,
        created_at: now,
        last_seen_at: now,
        expires_at: now + TimeDelta::days(30),
        second_factor_at,
        user_agent: "bench".to_owned(),
        address: "127.0.0.1".to_owned(),
    });
}
