//! The waiting list: who is offered a seat that became free, until when, and what an answer is worth.

use chrono::{DateTime, TimeDelta, Utc};

use crate::base::SignupId;
use crate::flow::training_approval::State as TrainingState;
use crate::named::named;
use crate::signup::{Overlap, Seats, moment};

/// How long an offered seat is held [assumed]: two days, since many open their mail in the evening only.
pub const HELD_FOR: TimeDelta = TimeDelta::hours(48);

/// Nothing is offered by mail in the last hours before a training [assumed]: the office calls.
pub const LAST: TimeDelta = TimeDelta::hours(24);

/// The least time for an answer [assumed].
pub const LEAST: TimeDelta = TimeDelta::hours(2);

named! {
    /// What became of an offer.
    OfferState {
        Open = "open", "返事待ち";
        Accepted = "accepted", "受けた";
        Declined = "declined", "断った";
        Expired = "expired", "期限が過ぎた";
        Withdrawn = "withdrawn", "取り消した";
    }
}

/// Somebody's place on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whose.
    pub signup: SignupId,
    /// Higher goes first; an office gives it, with a reason.
    pub priority: i32,
    /// The order in which people came.
    pub number: i64,
}

impl Place {
    /// What the list is sorted by.
    pub fn rank(&self) -> (i32, i64) {
        (-self.priority, self.number)
    }
}

/// Who is offered a seat now: as many as there are seats, by priority, then in the order in which they came.
pub fn next(seats: Seats, line: &[Place]) -> Vec<SignupId> {
    let mut line = line.to_vec();
    line.sort_by_key(Place::rank);
    let free = usize::try_from(seats.free()).unwrap_or(0);
    line.iter().take(free).map(|place| place.signup).collect()
}

/// Until when a seat offered now is held; none when it is too late for an offer, and the office calls.
pub fn offer_ends(now: DateTime<Utc>, starts_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let last = starts_at - LAST;
    (now + LEAST <= last).then(|| std::cmp::min(now + HELD_FOR, last))
}

/// What is known when somebody answers an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What became of it.
    pub offer: OfferState,
    /// Until when the seat is held.
    pub expires_at: DateTime<Utc>,
    /// State of the training.
    pub training: TrainingState,
    /// Whether the physician has a seat already, given in another way.
    pub has_seat: bool,
    /// A confirmed signup at the same hour.
    pub overlap: Option<Overlap>,
}

/// Why an answer comes to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The seat is somebody else's.
    #[error(
        "案内の期限（{0}）を過ぎたため、席は次の人に案内しました。もう一度待つときは、研修会のページからキャンセル待ちに申し込んでください。"
    )]
    Over(String),
    /// Said yes before.
    #[error("すでに席が決まっています。受講票はマイページにあります。")]
    Accepted,
    /// Said no before.
    #[error("この案内は、すでにお断りになっています。席は次の人に案内しました。")]
    Declined,
    /// The training changed.
    #[error("この案内は、研修会の変更または中止のため取り消しました。研修会のページで確認してください。")]
    Withdrawn,
    /// Somewhere else at that hour.
    #[error(
        "同じ時間に「{title}」（{day}）を申し込んでいます。そちらを取り消してから、期限までにもう一度お答えください。"
    )]
    Overlaps {
        /// The other training.
        title: String,
        /// Its day, for people.
        day: String,
    },
}

/// Whether an offer can still be answered.
///
/// # Errors
/// A [`Refusal`]; the instant at which it ends is too late.
pub fn check_answer(facts: &Facts, now: DateTime<Utc>) -> Result<(), Refusal> {
    match facts.offer {
        OfferState::Accepted => return Err(Refusal::Accepted),
        OfferState::Declined => return Err(Refusal::Declined),
        OfferState::Withdrawn => return Err(Refusal::Withdrawn),
        OfferState::Expired => return Err(Refusal::Over(moment(facts.expires_at))),
        OfferState::Open => {}
    }
    if now >= facts.expires_at {
        return Err(Refusal::Over(moment(facts.expires_at)));
    }
    Ok(())
}

/// Whether the seat of an offer becomes a seat of one's own.
///
/// # Errors
/// A [`Refusal`]; after an overlap the seat is held on until the offer ends.
pub fn check_accept(facts: &Facts, now: DateTime<Utc>) -> Result<(), Refusal> {
    check_answer(facts, now)?;
    if facts.has_seat {
        return Err(Refusal::Accepted);
    }
    if !TrainingState::PUBLISHED.contains(&facts.training) {
        return Err(Refusal::Withdrawn);
    }
    match &facts.overlap {
        Some(overlap) => {
            Err(Refusal::Overlaps { title: overlap.title.clone(), day: overlap.held_on.japanese() })
        }
        None => Ok(()),
    }
}

/// Whether the office may give a seat by telephone to somebody who was offered none: from when on no offer is made any
/// more until the training begins. Before, seats are offered by themselves, in the order of the list.
///
/// # Errors
/// A sentence that says what to do instead.
pub fn check_call(seats: Seats, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), String> {
    if now >= starts_at {
        return Err("研修会が始まったあとは、席を渡せません。当日受付から入室にしてください。".to_owned());
    }
    if offer_ends(now, starts_at).is_some() {
        return Err("席が空くと、順番どおりに自動で案内します。この人にはまだ案内していません。".to_owned());
    }
    if seats.free() == 0 {
        return Err("空いている席がありません。".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Day;
    use uuid::Uuid;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-{text}:00+09:00").parse().expect("a moment")
    }

    #[test]
    fn a_seat_is_held_two_days_and_never_into_the_last_one() {
        let ends = |now: &str| offer_ends(at(now), at("12-04T14:00"));
        assert_eq!(ends("11-22T10:00"), Some(at("11-24T10:00")));
        assert_eq!(ends("12-02T10:00"), Some(at("12-03T14:00")), "until the day before");
        assert_eq!(ends("12-03T12:00"), Some(at("12-03T14:00")), "two hours are enough");
        assert_eq!(ends("12-03T12:01"), None);
        assert_eq!(ends("12-03T15:00"), None, "23 hours before: the office calls");
    }

    #[test]
    fn whoever_has_priority_goes_first_then_whoever_came_first() {
        let id = |number: i64| SignupId(Uuid::from_u128(number.unsigned_abs().into()));
        let place = |number, priority| Place { signup: id(number), priority, number };
        let line = [place(3, 0), place(2, 0), place(4, 1)];
        let seats = |taken| Seats { capacity: 5, taken };
        assert_eq!(next(seats(5), &line), []);
        assert_eq!(next(seats(4), &line), [id(4)]);
        assert_eq!(next(seats(3), &line), [id(4), id(2)]);
        assert_eq!(next(seats(0), &line), [id(4), id(2), id(3)]);
        assert_eq!(next(seats(6), &line), [], "never below zero");
    }

    fn asked() -> Facts {
        Facts {
            offer: OfferState::Open,
            expires_at: at("11-24T10:00"),
            training: TrainingState::Approved,
            has_seat: false,
            overlap: None,
        }
    }

    #[test]
    fn an_offer_is_answered_once_and_before_it_ends() {
        assert_eq!(check_accept(&asked(), at("11-24T09:59")), Ok(()));
        assert!(matches!(check_accept(&asked(), at("11-24T10:00")), Err(Refusal::Over(_))), "to the minute");
        for (state, refusal) in [
            (OfferState::Accepted, Refusal::Accepted),
            (OfferState::Declined, Refusal::Declined),
            (OfferState::Withdrawn, Refusal::Withdrawn),
        ] {
            let facts = Facts { offer: state, ..asked() };
            assert_eq!(check_answer(&facts, at("11-22T10:00")), Err(refusal), "{state}");
        }
        let over = Facts { offer: OfferState::Expired, ..asked() };
        assert!(matches!(check_answer(&over, at("11-25T10:00")), Err(Refusal::Over(_))));
        for state in TrainingState::ALL.iter().filter(|state| **state != TrainingState::Approved) {
            let facts = Facts { training: *state, ..asked() };
            assert_eq!(check_accept(&facts, at("11-22T10:00")), Err(Refusal::Withdrawn), "{state}");
            assert_eq!(check_answer(&facts, at("11-22T10:00")), Ok(()), "one may say no at any time");
        }
    }

    #[test]
    fn nobody_accepts_two_rooms_at_the_same_hour() {
        let day = Day::new(2026, 12, 4).expect("a day");
        let overlap = Some(Overlap { title: "産業医研修会".to_owned(), held_on: day });
        let facts = Facts { overlap, ..asked() };
        let refusal = check_accept(&facts, at("11-22T10:00")).expect_err("refused").to_string();
        assert!(refusal.contains("産業医研修会") && refusal.contains("期限までに"), "{refusal}");
        assert_eq!(check_answer(&facts, at("11-22T10:00")), Ok(()));
    }

    #[test]
    fn the_office_calls_only_when_nothing_is_offered_any_more() {
        let call = |taken, now| check_call(Seats { capacity: 5, taken }, at("12-04T14:00"), at(now));
        assert!(call(4, "12-03T12:00").is_err(), "offered by itself");
        assert_eq!(call(4, "12-03T12:01"), Ok(()));
        assert!(call(5, "12-03T12:01").is_err(), "no seat");
        assert!(call(4, "12-04T14:00").is_err(), "begun");
    }
}
