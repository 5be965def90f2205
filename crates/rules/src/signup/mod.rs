//! Whether a seat may be given. Every refusal says why, and what to do instead.

pub mod state;

use chrono::{DateTime, Utc};

use crate::base::Day;
use crate::flow::training_approval::{HeldAt, RecruitmentWindow, State};

/// Seats of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    /// How many there are.
    pub capacity: i64,
    /// How many are given.
    pub taken: i64,
}

impl Seats {
    /// How many are left; never below zero.
    pub fn free(self) -> i64 {
        (self.capacity - self.taken).max(0)
    }
}

/// Another signup of the same physician at the same hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Title of the other training.
    pub title: String,
    /// Its day.
    pub held_on: Day,
}

/// What is known when a physician asks for a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// State of the training.
    pub state: State,
    /// When physicians can sign up; none when the host takes names in another way.
    pub window: Option<RecruitmentWindow>,
    /// When it is held.
    pub held: HeldAt,
    /// Seats; the claim itself counts once more, atomically.
    pub seats: Seats,
    /// Whether this physician already has a seat.
    pub has_seat: bool,
    /// Whether this physician waits for one, or is offered one.
    pub is_waiting: bool,
    /// Whether anybody else waits for one.
    pub others_wait: bool,
    /// A confirmed signup at the same hour.
    pub overlap: Option<Overlap>,
}

/// Why there is no seat.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not approved, or stopped.
    #[error("この研修会は募集していません。")]
    NotPublished,
    /// The host takes names in another way.
    #[error("この研修会は、マイページからは申し込めません。主催者へお問い合わせください。")]
    NoWindow,
    /// Too early.
    #[error("申込みは{0}から受け付けます。")]
    NotOpenYet(String),
    /// Too late.
    #[error("申込みの受付は終わりました（{0}まで）。主催者へお問い合わせください。")]
    Closed(String),
    /// Already there.
    #[error("すでに申し込んでいます。マイページの受講票を確認してください。")]
    AlreadySignedUp,
    /// Somewhere else at that hour.
    #[error("同じ時間に「{title}」（{day}）を申し込んでいます。どちらかを取り消してください。")]
    Overlaps {
        /// The other training.
        title: String,
        /// Its day, for people.
        day: String,
    },
    /// On the waiting list already.
    #[error("すでにキャンセル待ちに申し込んでいます。席が空くと、順番に案内します。")]
    Waiting,
    /// No seat left.
    #[error("定員に達しました。キャンセル待ちに申し込めます。")]
    Full,
    /// A seat is left, and somebody waits for it.
    #[error("残りの席は、キャンセル待ちをしている人に案内します。キャンセル待ちに申し込めます。")]
    Promised,
    /// Nobody has to wait.
    #[error("席が空いています。キャンセルを待たずに申し込めます。")]
    SeatsFree,
}

/// Whether a seat may be given at that instant.
///
/// # Errors
/// A [`Refusal`]; the most lasting reason first, so that nobody waits for a seat that would not help.
pub fn check(facts: &Facts, now: DateTime<Utc>) -> Result<(), Refusal> {
    if !State::PUBLISHED.contains(&facts.state) {
        return Err(Refusal::NotPublished);
    }
    if facts.has_seat {
        return Err(Refusal::AlreadySignedUp);
    }
    if facts.is_waiting {
        return Err(Refusal::Waiting);
    }
    let window = facts.window.ok_or(Refusal::NoWindow)?;
    if now >= window.closes_at || now >= facts.held.starts_at {
        return Err(Refusal::Closed(moment(window.closes_at)));
    }
    if let Some(overlap) = &facts.overlap {
        return Err(Refusal::Overlaps { title: overlap.title.clone(), day: overlap.held_on.japanese() });
    }
    if now < window.opens_at {
        return Err(Refusal::NotOpenYet(moment(window.opens_at)));
    }
    if facts.seats.free() == 0 {
        return Err(Refusal::Full);
    }
    // A seat that was given back belongs to those who wait, not to whoever happens to press now.
    if facts.others_wait {
        return Err(Refusal::Promised);
    }
    Ok(())
}

/// Whether somebody may stand on the waiting list: whoever could sign up if there were a seat.
///
/// # Errors
/// A [`Refusal`], as for a seat; [`Refusal::SeatsFree`] when there is one.
pub fn check_wait(facts: &Facts, now: DateTime<Utc>) -> Result<(), Refusal> {
    match check(facts, now) {
        Err(Refusal::Full | Refusal::Promised) => Ok(()),
        Err(other) => Err(other),
        Ok(()) => Err(Refusal::SeatsFree),
    }
}

/// Whether a seat may be given back by its holder; after the deadline the office decides.
///
/// # Errors
/// A sentence that says whom to call.
pub fn check_cancel(
    window: Option<RecruitmentWindow>,
    held: HeldAt,
    contact: &str,
    now: DateTime<Utc>,
) -> Result<(), String> {
    let until = window.map_or(held.starts_at, |window| window.closes_at);
    if now < until {
        return Ok(());
    }
    Err(format!("取消しの期限（{}）を過ぎています。主催者（{contact}）へご連絡ください。", moment(until)))
}

/// Whether the host may give a seat back: until the training begins. From then on the list of attendance says who
/// was there.
///
/// # Errors
/// A sentence that says what to do instead.
pub fn check_cancel_by_host(held: HeldAt, now: DateTime<Utc>) -> Result<(), String> {
    if now < held.starts_at {
        return Ok(());
    }
    Err("研修会が始まったあとは、申込みを取り消せません。来なかった人は「欠席」にしてください。".to_owned())
}

/// `2026年11月22日（令和8年） 10時00分`.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    let japan = at + chrono::TimeDelta::hours(9);
    format!("{} {}", Day::of(at).japanese(), japan.format("%H時%M分"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-{text}:00+09:00").parse().expect("a moment")
    }

    fn open() -> Facts {
        Facts {
            state: State::Approved,
            window: Some(RecruitmentWindow { opens_at: at("11-01T10:00"), closes_at: at("12-01T17:00") }),
            held: HeldAt { starts_at: at("12-04T14:00"), ends_at: at("12-04T16:00") },
            seats: Seats { capacity: 40, taken: 39 },
            has_seat: false,
            is_waiting: false,
            others_wait: false,
            overlap: None,
        }
    }

    fn refused(change: impl FnOnce(&mut Facts), now: &str) -> Option<Refusal> {
        let mut facts = open();
        change(&mut facts);
        check(&facts, at(now)).err()
    }

    #[test]
    fn a_seat_is_given_in_the_window_while_there_are_seats() {
        assert_eq!(refused(|_| (), "11-22T10:00"), None);
        assert_eq!(refused(|_| (), "11-01T10:00"), None, "the first instant");
        assert!(matches!(refused(|_| (), "11-01T09:59"), Some(Refusal::NotOpenYet(_))));
        assert!(
            matches!(refused(|_| (), "12-01T17:00"), Some(Refusal::Closed(_))),
            "the first instant after"
        );
        assert_eq!(refused(|facts| facts.seats.taken = 40, "11-22T10:00"), Some(Refusal::Full));
        assert_eq!(refused(|facts| facts.seats.taken = 41, "11-22T10:00"), Some(Refusal::Full));
        assert_eq!(refused(|facts| facts.window = None, "11-22T10:00"), Some(Refusal::NoWindow));
        assert_eq!(refused(|facts| facts.has_seat = true, "11-22T10:00"), Some(Refusal::AlreadySignedUp));
        for state in State::ALL.iter().filter(|state| **state != State::Approved) {
            assert_eq!(
                refused(|facts| facts.state = *state, "11-22T10:00"),
                Some(Refusal::NotPublished),
                "{state}"
            );
        }
    }

    #[test]
    fn one_waits_only_where_no_seat_is_to_be_had() {
        let wait = |change: fn(&mut Facts), now: &str| {
            let mut facts = open();
            change(&mut facts);
            check_wait(&facts, at(now)).err()
        };
        let full = |facts: &mut Facts| facts.seats.taken = 40;
        assert_eq!(wait(full, "11-22T10:00"), None);
        assert_eq!(wait(|facts| facts.others_wait = true, "11-22T10:00"), None, "behind those who wait");
        assert_eq!(wait(|_| (), "11-22T10:00"), Some(Refusal::SeatsFree));
        assert_eq!(refused(|facts| facts.others_wait = true, "11-22T10:00"), Some(Refusal::Promised));
        let twice = |facts: &mut Facts| (facts.seats.taken, facts.is_waiting) = (40, true);
        assert_eq!(wait(twice, "11-22T10:00"), Some(Refusal::Waiting));
        assert_eq!(refused(|facts| facts.is_waiting = true, "11-22T10:00"), Some(Refusal::Waiting));
        assert!(matches!(wait(full, "10-31T10:00"), Some(Refusal::NotOpenYet(_))));
        assert!(matches!(wait(full, "12-01T17:00"), Some(Refusal::Closed(_))));
    }

    #[test]
    fn a_refusal_says_what_is_in_the_way() {
        let overlap = Overlap {
            title: "産業医研修会".to_owned(),
            held_on: Day::new(2026, 12, 4).expect("a day"),
        };
        let refusal = refused(|facts| facts.overlap = Some(overlap), "11-22T10:00").expect("refused");
        assert_eq!(
            refusal.to_string(),
            "同じ時間に「産業医研修会」（2026年12月4日（令和8年））を申し込んでいます。どちらかを取り消してください。"
        );
        let early = refused(|_| (), "10-31T10:00").expect("refused");
        assert_eq!(early.to_string(), "申込みは2026年11月1日（令和8年） 10時00分から受け付けます。");
    }

    #[test]
    fn a_seat_is_given_back_until_the_window_closes() {
        let facts = open();
        let cancel = |now| check_cancel(facts.window, facts.held, "03-0000-0000", at(now));
        assert_eq!(cancel("12-01T16:59"), Ok(()));
        let refused = cancel("12-01T17:00").expect_err("too late");
        assert!(refused.contains("03-0000-0000"), "{refused}");
        let by_host = |now| check_cancel_by_host(facts.held, at(now));
        assert_eq!(by_host("12-04T13:59"), Ok(()), "after the deadline, before the beginning");
        assert!(by_host("12-04T14:00").expect_err("begun").contains("欠席"));
    }
}
