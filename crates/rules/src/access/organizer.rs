//! External organizers that ask to be registered: decided by the prefectural association of their seat.

use std::fmt;

use super::{Actor, Duty, DutyHeld, Office, Scope, scope_of};
use crate::association::{Prefecture, Tier};

/// What a scope can ask about a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The seat is in this prefecture.
    SeatIn(Prefecture),
    /// Whoever asks has proved the mail address.
    Verified,
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SeatIn(_) => "所在地が都道府県内",
            Self::Verified => "メールアドレスを確認済み",
        })
    }
}

/// A registration as far as the rules ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Where the seat is.
    pub prefecture: Prefecture,
    /// Whether the mail address was proved.
    pub verified: bool,
}

impl Facts {
    /// Whether this registration has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::SeatIn(prefecture) => self.prefecture == *prefecture,
            Fact::Verified => self.verified,
        }
    }
}

/// The registrations that the actor sees: those who decide, and the national association.
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    scope_of(actor, |_| Scope::Nothing, of_duty)
}

fn of_duty(held: &DutyHeld) -> Scope<Fact> {
    match (held.duty, held.at) {
        (Duty::Training, Office::Association { tier: Tier::National, .. }) => Scope::Fact(Fact::Verified),
        (Duty::Training, Office::Association { tier: Tier::Prefectural, prefecture: Some(at), .. }) => {
            Scope::every_fact([Fact::SeatIn(at), Fact::Verified])
        }
        _ => Scope::Nothing,
    }
}
