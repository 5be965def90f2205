//! Officers: administered by the offices they work for.

use std::fmt;

use super::{Actor, Command, Duty, Grant, Ground, Noun, Office, Place, Refusal, Scope};
use crate::association::Host;
use crate::base::ids::{AssociationId, OfficerId, OrganizerId};

/// What a scope can ask about an officer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Is this officer.
    Own(OfficerId),
    /// Has or had a duty at this association.
    DutyAtAssociation(AssociationId),
    /// Has or had a duty at this external organizer.
    DutyAtOrganizer(OrganizerId),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own(_) => "本人",
            Self::DutyAtAssociation(_) | Self::DutyAtOrganizer(_) => "自分の事務局の職員",
        })
    }
}

/// An officer as far as the rules ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The person.
    pub officer: OfficerId,
    /// The offices of all duties, ended ones included.
    pub duties_at: Vec<Host>,
}

impl Facts {
    /// Whether this officer has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::Own(officer) => self.officer == *officer,
            Fact::DutyAtAssociation(id) => self.duties_at.contains(&Host::Association(*id)),
            Fact::DutyAtOrganizer(id) => self.duties_at.contains(&Host::Organizer(*id)),
        }
    }
}

/// The officers that the actor sees.
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    match actor {
        Actor::System => Scope::All,
        Actor::Guest | Actor::Physician { .. } => Scope::Nothing,
        Actor::Officer { duties, .. } if duties.is_empty() => Scope::Nothing,
        Actor::Officer { officer, duties, .. } => {
            let administered =
                duties.iter().filter(|held| held.duty == Duty::Administration).map(|held| match held.at {
                    Office::Association { id, .. } => Fact::DutyAtAssociation(id),
                    Office::Organizer { id, .. } => Fact::DutyAtOrganizer(id),
                });
            Scope::any_fact([Fact::Own(*officer)].into_iter().chain(administered))
        }
    }
}

/// Whether the actor sees this officer: the reader in memory.
pub fn sees(actor: &Actor, facts: &Facts) -> bool {
    visible_to(actor).admits(|fact| facts.has(fact))
}

const SUSPEND: Command = Command {
    name: "officer.suspend",
    noun: Noun::Officer,
    label: "職員アカウントの停止・二要素認証の再設定",
    who: &[Grant::Duty(Duty::Administration, Place::Itself)],
};

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&SUSPEND];

/// Who may suspend the account or reset its second factor: administration at each of the offices
/// the officer works for. One office alone must not reach into another's rights.
///
/// # Errors
/// A [`Refusal`] when the actor does not administer all of them.
pub fn may_suspend(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    if facts.duties_at.is_empty() {
        return SUSPEND.check(actor, &Ground::default());
    }
    facts.duties_at.iter().try_for_each(|host| {
        let ground = Ground { offices: vec![(Place::Itself, *host)], ..Ground::default() };
        SUSPEND.check(actor, &ground)
    })
}
