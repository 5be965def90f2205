//! Provisional credentials: an office prints cards for physicians of its own who have not logged in yet.

use std::fmt;

use super::{Actor, Command, Duty, Grant, Ground, Noun, Office, Place, Refusal, Scope, scope_of};
use crate::association::Host;
use crate::base::ids::AssociationId;

/// What a scope can ask about a run of cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// This association sends the cards.
    SentBy(AssociationId),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SentBy(_) => f.write_str("その医師会が発行したもの"),
        }
    }
}

/// A run of cards as far as the rules ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The association that sends the cards.
    pub sent_by: AssociationId,
}

impl Facts {
    /// Whether this run has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::SentBy(id) => self.sent_by == *id,
        }
    }
}

/// The runs that the actor sees. Cards hold secrets: no other office sees them, whatever its tier.
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    scope_of(
        actor,
        |_| Scope::Nothing,
        |held| match (held.duty, held.at) {
            (Duty::Membership, Office::Association { id, .. }) => Scope::Fact(Fact::SentBy(id)),
            _ => Scope::Nothing,
        },
    )
}

const SEND: Command = Command {
    name: "provisional_credential.send",
    noun: Noun::ProvisionalCredential,
    label: "仮ログインIDの一括発行・はがきの印刷・発送の記録",
    who: &[Grant::Duty(Duty::Membership, Place::Itself)],
};

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&SEND];

/// Who may make, open and post the cards of an association.
///
/// # Errors
/// A [`Refusal`] when the actor is not among those whom the command names.
pub fn may_send(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    let offices = vec![(Place::Itself, Host::Association(facts.sent_by))];
    SEND.check(actor, &Ground { offices, ..Ground::default() })
}
