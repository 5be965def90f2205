//! Who waits for a seat: the practical training of 横浜市医師会 is full.

use super::Seed;
use super::people::Person;
use chrono::TimeDelta;
use mamis_rules::signup::state::State;
use mamis_rules::waiting_list::{HELD_FOR, OfferState};
use mamis_schema::{signup, training, waiting_offer};

/// How many wait, besides the one to whom a seat is offered.
const WAIT: usize = 4;

/// Puts people on the waiting list of each full training of the story, and offers the first of them a seat that was just
/// given back. Nobody of the story is among them.
pub(super) fn fill(seed: &mut Seed, people: &[Person]) {
    let full = |seed: &Seed, row: &training::Model| {
        let seats = seed.rows.seat_counts.iter().find(|seats| seats.training == row.id);
        row.host_name == "横浜市医師会"
            && row.title.contains("職場巡視")
            && row.recruits_until > seed.began
            && seats.is_some_and(|seats| seats.taken == seats.capacity)
    };
    let found = seed.rows.trainings.iter().find(|row| full(seed, row)).cloned();
    let Some(row) = found else { return };
    let free = |person: &&Person| {
        let here = |signup: &signup::Model| signup.training == row.id && signup.physician == person.id;
        person.is_free(row.starts_at, row.ends_at) && !seed.rows.signups.iter().any(here)
    };
    let waiters: Vec<_> = people.iter().filter(free).take(WAIT + 1).map(|person| person.id).collect();
    give_back(seed, &row);
    for (at, physician) in waiters.iter().enumerate() {
        let number = i64::try_from(at + 1).unwrap_or_default();
        let offered = at == 0;
        let signup = signup::Model {
            id: seed.ids.next(),
            training: row.id,
            physician: *physician,
            state: if offered { State::Offered } else { State::Waiting }.name().to_owned(),
            order_number: 0,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            created_at: seed.began - TimeDelta::days(3) + TimeDelta::hours(8 + number),
            cancelled_at: None,
            version: if offered { 2 } else { 1 },
            waiting_number: Some(number),
            priority: 0,
            priority_reason: String::new(),
        };
        if offered {
            seed.rows.waiting_offers.push(waiting_offer::Model {
                id: seed.ids.next(),
                signup: signup.id,
                state: OfferState::Open.name().to_owned(),
                expires_at: seed.began + HELD_FOR,
                created_at: seed.began,
                answered_at: None,
            });
        }
        seed.rows.signups.push(signup);
    }
    if let Some(seats) = seed.rows.seat_counts.iter_mut().find(|seats| seats.training == row.id) {
        seats.last_waiting = i64::try_from(waiters.len()).unwrap_or_default();
    }
}

/// The last of those who signed up has given the seat back: it is held for the first who waits.
fn give_back(seed: &mut Seed, row: &training::Model) {
    let began = seed.began;
    let seats = seed.rows.signups.iter_mut().filter(|signup| signup.training == row.id);
    let last = seats
        .filter(|signup| signup.state == State::Confirmed.name())
        .max_by_key(|signup| signup.order_number);
    if let Some(last) = last {
        last.state = State::Cancelled.name().to_owned();
        last.cancelled_at = Some(began);
        last.version = 2;
    }
}
