//! The waiting list over any sequence of what people do: nobody is offered a seat that is gone, nobody is passed by.

use chrono::{DateTime, TimeDelta, Utc};
use mamis_rules::base::SignupId;
use mamis_rules::flow::training_approval::{HeldAt, RecruitmentWindow, State as TrainingState};
use mamis_rules::signup::state::{Act, State};
use mamis_rules::signup::{self, Refusal, Seats};
use mamis_rules::waiting_list::{self as rules};
use mamis_rules::waiting_list::{HELD_FOR, OfferState, Place, check_answer, next, offer_ends};
use proptest::prelude::*;
use uuid::Uuid;

/// What somebody does; the number says who.
#[derive(Clone, Copy, Debug)]
enum Does {
    Claim(u8),
    Wait(u8),
    Cancel(u8),
    Accept(u8),
    Decline(u8),
    Prioritise(u8),
    Hours(u8),
    Resize(u8),
}

fn does() -> impl Strategy<Value = Does> {
    prop_oneof![
        (0..9_u8).prop_map(Does::Claim),
        (0..9_u8).prop_map(Does::Wait),
        (0..9_u8).prop_map(Does::Wait),
        (0..9_u8).prop_map(Does::Cancel),
        (0..9_u8).prop_map(Does::Cancel),
        (0..9_u8).prop_map(Does::Accept),
        (0..9_u8).prop_map(Does::Decline),
        (0..9_u8).prop_map(Does::Prioritise),
        (1..40_u8).prop_map(Does::Hours),
        (0..5_u8).prop_map(Does::Resize),
    ]
}

#[derive(Clone, Debug)]
struct Signup {
    id: SignupId,
    who: u8,
    state: State,
    priority: i32,
    number: i64,
    expires_at: DateTime<Utc>,
}

impl Signup {
    fn place(&self) -> Place {
        Place { signup: self.id, priority: self.priority, number: self.number }
    }
}

/// A training with its signups, as the actions keep it.
struct Room {
    now: DateTime<Utc>,
    starts_at: DateTime<Utc>,
    capacity: i64,
    taken: i64,
    numbers: i64,
    signups: Vec<Signup>,
}

impl Room {
    fn new() -> Self {
        let now: DateTime<Utc> = "2026-11-22T01:00:00Z".parse().expect("an instant");
        let starts_at = now + TimeDelta::days(12);
        Self { now, starts_at, capacity: 2, taken: 0, numbers: 0, signups: Vec::new() }
    }

    fn seats(&self) -> Seats {
        Seats { capacity: self.capacity, taken: self.taken }
    }

    fn line(&self) -> Vec<Place> {
        self.signups.iter().filter(|each| each.state == State::Waiting).map(Signup::place).collect()
    }

    fn alive(&self, who: u8) -> Option<usize> {
        self.signups.iter().position(|each| each.who == who && State::ALIVE.contains(&each.state))
    }

    fn facts(&self, who: u8) -> signup::Facts {
        let state = self.alive(who).map(|at| self.signups[at].state);
        signup::Facts {
            state: TrainingState::Approved,
            window: Some(RecruitmentWindow { opens_at: self.now, closes_at: self.starts_at }),
            held: HeldAt { starts_at: self.starts_at, ends_at: self.starts_at + TimeDelta::hours(2) },
            seats: self.seats(),
            has_seat: state == Some(State::Confirmed),
            is_waiting: matches!(state, Some(State::Waiting | State::Offered)),
            others_wait: self.signups.iter().any(|each| each.who != who && each.state == State::Waiting),
            overlap: None,
        }
    }

    fn add(&mut self, who: u8, state: State) {
        self.numbers += 1;
        let id = SignupId(Uuid::from_u128(self.numbers.unsigned_abs().into()));
        self.taken += i64::from(state.holds_seat());
        let (number, expires_at) = (self.numbers, self.now);
        self.signups.push(Signup { id, who, state, priority: 0, number, expires_at });
    }

    /// One step of a signup, with the seat it holds; whether the table allows it.
    fn step(&mut self, at: usize, act: Act) -> bool {
        let from = self.signups[at].state;
        let Some(to) = from.after(act) else { return false };
        self.taken += i64::from(to.holds_seat()) - i64::from(from.holds_seat());
        self.signups[at].state = to;
        true
    }

    /// Offers what is free, in the order of the list.
    fn pass_on(&mut self) {
        let Some(expires_at) = offer_ends(self.now, self.starts_at) else { return };
        let line = self.line();
        let offered = next(self.seats(), &line);
        for id in &offered {
            let at = self.signups.iter().position(|each| each.id == *id).expect("on the list");
            assert!(self.step(at, Act::Offer));
            self.signups[at].expires_at = expires_at;
        }
        let last = offered.iter().filter_map(|id| line.iter().find(|place| place.signup == *id));
        let last = last.map(Place::rank).max();
        for passed in line.iter().filter(|place| !offered.contains(&place.signup)) {
            assert!(last.is_none_or(|last| last < passed.rank()), "somebody was passed by");
        }
    }

    fn answer(&mut self, who: u8, act: Act) {
        let Some(at) = self.alive(who).filter(|at| self.signups[*at].state == State::Offered) else { return };
        let facts = rules::Facts {
            offer: OfferState::Open,
            expires_at: self.signups[at].expires_at,
            training: TrainingState::Approved,
            has_seat: false,
            overlap: None,
        };
        if check_answer(&facts, self.now).is_ok() {
            assert!(self.step(at, act));
        }
    }

    fn run(&mut self, does: Does) {
        match does {
            Does::Claim(who) => {
                let facts = self.facts(who);
                let answer = signup::check(&facts, self.now);
                if facts.others_wait && !facts.has_seat && !facts.is_waiting && self.now < self.starts_at {
                    assert!(
                        matches!(answer, Err(Refusal::Full | Refusal::Promised)),
                        "a newcomer took the seat of those who wait: {answer:?}"
                    );
                }
                if answer.is_ok() {
                    self.add(who, State::Confirmed);
                }
            }
            Does::Wait(who) => {
                if signup::check_wait(&self.facts(who), self.now).is_ok() {
                    self.add(who, State::Waiting);
                }
            }
            Does::Cancel(who) => {
                if let Some(at) = self.alive(who) {
                    let act =
                        if self.signups[at].state == State::Offered { Act::Decline } else { Act::Cancel };
                    assert!(self.step(at, act));
                }
            }
            Does::Accept(who) => self.answer(who, Act::Accept),
            Does::Decline(who) => self.answer(who, Act::Decline),
            Does::Prioritise(who) => {
                if let Some(at) = self.alive(who) {
                    self.signups[at].priority = 1 - self.signups[at].priority;
                }
            }
            Does::Hours(hours) => {
                self.now += TimeDelta::hours(hours.into());
                for at in 0..self.signups.len() {
                    let one = &self.signups[at];
                    if one.state == State::Offered && one.expires_at <= self.now {
                        assert!(self.step(at, Act::Expire));
                    }
                }
            }
            Does::Resize(capacity) => {
                if i64::from(capacity) >= self.taken {
                    self.capacity = capacity.into();
                }
            }
        }
        self.pass_on();
        self.check(does);
    }

    fn check(&self, does: Does) {
        let count = |state| self.signups.iter().filter(|each| each.state == state).count() as i64;
        let held = count(State::Confirmed) + count(State::Offered);
        assert_eq!(held, self.taken, "{does:?}: every seat that is held is counted");
        assert!(self.taken <= self.capacity, "{does:?}: nobody is offered a seat that is gone");
        if offer_ends(self.now, self.starts_at).is_some() {
            assert!(self.seats().free() == 0 || self.line().is_empty(), "{does:?}: a seat lies idle");
        }
        for one in self.signups.iter().filter(|each| each.state == State::Offered) {
            assert!(one.expires_at > self.now && one.expires_at <= self.now + HELD_FOR, "{does:?}");
        }
        for who in 0..9 {
            let alive = self.signups.iter().filter(|each| each.who == who);
            let alive = alive.filter(|each| State::ALIVE.contains(&each.state)).count();
            assert!(alive <= 1, "{does:?}: two signups of one person");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_list_holds_for_any_sequence(acts in prop::collection::vec(does(), 1..120)) {
        let mut room = Room::new();
        for does in acts {
            room.run(does);
        }
    }
}

/// The case of the plan: two seats, two who wait, one of them with priority.
#[test]
fn a_seat_given_back_goes_through_the_list() {
    let mut room = Room::new();
    let states = |room: &Room| [0, 1, 2, 3].map(|who| room.signups[who].state);
    use State::{Cancelled, Confirmed, Offered, Waiting};
    for does in [Does::Claim(0), Does::Claim(1), Does::Wait(2), Does::Wait(3), Does::Prioritise(3)] {
        room.run(does);
    }
    assert_eq!(states(&room), [Confirmed, Confirmed, Waiting, Waiting]);
    room.run(Does::Cancel(0));
    assert_eq!(states(&room), [Cancelled, Confirmed, Waiting, Offered], "priority goes first");
    assert_eq!(room.taken, 2, "the seat is held");
    room.run(Does::Claim(5));
    assert_eq!(room.signups.len(), 4, "and nobody else's");
    room.run(Does::Hours(39));
    room.run(Does::Hours(9));
    assert_eq!(states(&room), [Cancelled, Confirmed, Offered, Cancelled], "the hour passes");
    room.run(Does::Cancel(1));
    assert_eq!((states(&room), room.taken), ([Cancelled, Cancelled, Offered, Cancelled], 1));
    room.run(Does::Accept(2));
    assert_eq!((states(&room), room.taken), ([Cancelled, Cancelled, Confirmed, Cancelled], 1));
}
