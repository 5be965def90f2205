//! Registrations of people without an account: the prefectural association of the workplace compares the licence.

use std::fmt;

use super::{Actor, Command, Duty, Grant, Ground, Noun, Office, Place, Refusal, Scope, scope_of};
use crate::association::{Host, Tier};
use crate::base::ids::AssociationId;

/// What a scope can ask about a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// This prefectural association compares the licence.
    AtDesk(AssociationId),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtDesk(_) => f.write_str("勤務先のある都道府県医師会として確認する利用者登録"),
        }
    }
}

/// A registration as far as the rules ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The prefectural association of the workplace; none before the person opened the mailed link.
    pub desk: Option<AssociationId>,
}

impl Facts {
    /// Whether this registration has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::AtDesk(id) => self.desk == Some(*id),
        }
    }
}

/// The registrations that the actor sees. The national office keeps the register and helps where a prefecture has
/// nobody \[assumed\]; what waits for the mailed link is seen by nobody.
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    scope_of(
        actor,
        |_| Scope::Nothing,
        |held| match (held.duty, held.at) {
            (Duty::Membership, Office::Association { tier: Tier::National, .. }) => Scope::All,
            (Duty::Membership, Office::Association { id, tier: Tier::Prefectural, .. }) => {
                Scope::Fact(Fact::AtDesk(id))
            }
            _ => Scope::Nothing,
        },
    )
}

const CHECK: Command = Command {
    name: "registration.check",
    noun: Noun::Registration,
    label: "医師免許証の確認",
    who: &[Grant::Duty(Duty::Membership, Place::PendingStep), Grant::Tier(Duty::Membership, Tier::National)],
};
const REGISTER: Command = Command {
    name: "registration.register",
    noun: Noun::Registration,
    label: "利用者登録・ご本人の確認",
    who: &[Grant::Anyone],
};

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&REGISTER, &CHECK];

/// Who may register: everybody; the mailed link and the licence show who it is.
///
/// # Errors
/// Never.
pub fn may_register(actor: &Actor) -> Result<(), Refusal> {
    REGISTER.check(actor, &Ground::default())
}

/// Who may compare the licence and confirm or refuse the registration.
///
/// # Errors
/// A [`Refusal`] when the actor is not among those whom the command names.
pub fn may_check(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    let offices = facts.desk.iter().map(|id| (Place::PendingStep, Host::Association(*id))).collect();
    CHECK.check(actor, &Ground { offices, ..Ground::default() })
}
