//! Notices of an office to people: its own, written by those who see the people. The texts of all mails belong to the
//! national association.

use std::fmt;

use super::{Actor, Command, Duty, DutyHeld, Grant, Ground, Noun, Office, Place, Refusal, Scope, scope_of};
use crate::association::{Host, Tier};
use crate::base::ids::AssociationId;

/// The duties that write to people: those that see all of a person's data.
pub const WRITERS: &[Duty] = &[Duty::Membership, Duty::Certification];

/// What a scope can ask about a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// This association's office wrote it.
    WrittenBy(AssociationId),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WrittenBy(_) => "自医師会の事務局が書いたもの",
        })
    }
}

/// A notice as far as the rules ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Whose office wrote it.
    pub written_by: AssociationId,
}

impl Facts {
    /// Whether this notice has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::WrittenBy(id) => self.written_by == *id,
        }
    }
}

/// The notices of the actor's offices.
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    scope_of(actor, |_| Scope::Nothing, of_duty)
}

fn of_duty(held: &DutyHeld) -> Scope<Fact> {
    match held.at {
        Office::Association { id, .. } if WRITERS.contains(&held.duty) => Scope::Fact(Fact::WrittenBy(id)),
        Office::Association { .. } | Office::Organizer { .. } => Scope::Nothing,
    }
}

const WRITE: Command = Command {
    name: "notice.write",
    noun: Noun::Notice,
    label: "お知らせの作成・送信",
    who: &[Grant::Duty(Duty::Membership, Place::Itself), Grant::Duty(Duty::Certification, Place::Itself)],
};

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&WRITE];

/// Who may write to people in the name of this association.
///
/// # Errors
/// A [`Refusal`] when the actor is not among those whom the command names.
pub fn may_write(actor: &Actor, office: AssociationId) -> Result<(), Refusal> {
    let offices = vec![(Place::Itself, Host::Association(office))];
    WRITE.check(actor, &Ground { offices, ..Ground::default() })
}

/// The offices in whose name the actor writes, each with the duties held there.
pub fn offices_of(actor: &Actor) -> Vec<(AssociationId, Tier, Vec<Duty>)> {
    let mut found: Vec<(AssociationId, Tier, Vec<Duty>)> = Vec::new();
    for held in actor.duties().iter().filter(|held| WRITERS.contains(&held.duty)) {
        let Office::Association { id, tier, .. } = held.at else { continue };
        match found.iter_mut().find(|(known, ..)| *known == id) {
            Some((_, _, duties)) => duties.push(held.duty),
            None => found.push((id, tier, vec![held.duty])),
        }
    }
    found
}
