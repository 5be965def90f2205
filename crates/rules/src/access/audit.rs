//! The audit log: an office sees its own officers' acts, a physician sees who looked.

use std::fmt;

use super::{Actor, Command, Duty, Grant, Ground, Noun, Office, Refusal, Scope, scope_of};
use crate::association::{Host, Tier};
use crate::base::ids::{AssociationId, OrganizerId, PhysicianId};

/// What a scope can ask about an audit entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The actor acted as an officer of this association.
    ActedForAssociation(AssociationId),
    /// The actor acted as an officer of this external organizer.
    ActedForOrganizer(OrganizerId),
    /// It is about this physician's data.
    About(PhysicianId),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ActedForAssociation(_) | Self::ActedForOrganizer(_) => "自分の事務局の操作",
            Self::About(_) => "本人の情報についての操作",
        })
    }
}

/// An audit entry as far as the rules ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The office that the actor acted for.
    pub acted_for: Option<Host>,
    /// The physician whose data it is about.
    pub about: Option<PhysicianId>,
}

impl Facts {
    /// Whether this entry has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::ActedForAssociation(id) => self.acted_for == Some(Host::Association(*id)),
            Fact::ActedForOrganizer(id) => self.acted_for == Some(Host::Organizer(*id)),
            Fact::About(physician) => self.about == Some(*physician),
        }
    }
}

/// The entries that the actor sees. National administration runs the system and sees all [assumed].
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    scope_of(
        actor,
        |physician| Scope::Fact(Fact::About(physician)),
        |held| match (held.duty, held.at) {
            (Duty::Administration, Office::Association { tier: Tier::National, .. }) => Scope::All,
            (Duty::Administration, Office::Association { id, .. }) => {
                Scope::Fact(Fact::ActedForAssociation(id))
            }
            (Duty::Administration, Office::Organizer { id, .. }) => Scope::Fact(Fact::ActedForOrganizer(id)),
            _ => Scope::Nothing,
        },
    )
}

/// Whether the actor sees this entry: the reader in memory.
pub fn sees(actor: &Actor, facts: &Facts) -> bool {
    visible_to(actor).admits(|fact| facts.has(fact))
}

const VERIFY_CHAIN: Command = Command {
    name: "audit.verify_chain",
    noun: Noun::Audit,
    label: "操作記録の検証・書出し",
    who: &[Grant::Tier(Duty::Administration, Tier::National)],
};

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&VERIFY_CHAIN];

/// Who may verify and export the whole chain.
///
/// # Errors
/// A [`Refusal`] when the actor is somebody else.
pub fn may_verify_chain(actor: &Actor) -> Result<(), Refusal> {
    VERIFY_CHAIN.check(actor, &Ground::default())
}
