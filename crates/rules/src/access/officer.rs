//! Officers: administered by the offices they work for, and by the associations above those.
//!
//! The policy in words [assumed; associations.md names the duty `administration` and the order of the tiers, and no more]:
//!
//! - Who sees an officer: the officer themselves; administration at an office the officer works or worked for; and
//!   administration at every association above it. National administration sees all, external organizers' included, so
//!   that the last administrator of an office can be helped.
//! - Who may suspend the account and reset its second factor or recovery codes: administration at, or above, *each* of
//!   the offices the officer works for today (the last ones, when no duty is left). So the upper tier helps the lower
//!   one, never the other way round, and no office reaches into the rights that another one gave.
//! - Nobody does it for themselves: whoever found the desk unlocked could.
//! - The only administrator of an office is not suspended: first somebody else gets the duty.
//! - Who invites officers and enters, ends and hands over duties: administration at the office, or above it, since
//!   otherwise nobody could appoint the first. From above that is entry on behalf: it needs a reason, the record and the
//!   letter name the office above, and nobody gives themselves a duty below. Above gives no other right downward.
//! - Passwords are nobody's to reset but their owner's, by mail; no administrator learns or sets one.
//! - Every such act needs a reason, leaves an audit entry, and its officer gets a mail that names who did it.

use std::fmt;

use super::{Actor, Command, Duty, Grant, Ground, Noun, Office, Place, Refusal, Scope};
use crate::association::{Host, Tier};
use crate::base::ids::{AssociationId, OfficerId, OrganizerId};

/// What a scope can ask about an officer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Is this officer.
    Own(OfficerId),
    /// Has or had a duty at this association or at one below it.
    DutyAtOrBelow(AssociationId),
    /// Has or had a duty at this external organizer.
    DutyAtOrganizer(OrganizerId),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own(_) => "本人",
            Self::DutyAtOrBelow(_) => "自医師会または下位の医師会の職員",
            Self::DutyAtOrganizer(_) => "自団体の職員",
        })
    }
}

/// An office that somebody works for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorksFor {
    /// The office.
    pub at: Host,
    /// The associations above it; none for external organizers.
    pub above: Vec<AssociationId>,
}

impl WorksFor {
    fn ground(&self) -> Ground {
        let above = self.above.iter().map(|id| (Place::Above, Host::Association(*id)));
        let offices = [(Place::Itself, self.at)].into_iter().chain(above).collect();
        Ground { offices, ..Ground::default() }
    }
}

/// An officer as far as the rules ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The person.
    pub officer: OfficerId,
    /// The offices of all duties, ended ones included.
    pub works_for: Vec<WorksFor>,
}

impl Facts {
    /// Whether this officer has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::Own(officer) => self.officer == *officer,
            Fact::DutyAtOrBelow(id) => self
                .works_for
                .iter()
                .any(|office| office.at == Host::Association(*id) || office.above.contains(id)),
            Fact::DutyAtOrganizer(id) => {
                self.works_for.iter().any(|office| office.at == Host::Organizer(*id))
            }
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
            let own = Scope::Fact(Fact::Own(*officer));
            let administered =
                duties.iter().filter(|held| held.duty == Duty::Administration).map(|held| match held.at {
                    // Somebody must be able to help the last administrator of an office, organizers included.
                    Office::Association { tier: Tier::National, .. } => Scope::All,
                    Office::Association { id, .. } => Scope::Fact(Fact::DutyAtOrBelow(id)),
                    Office::Organizer { id, .. } => Scope::Fact(Fact::DutyAtOrganizer(id)),
                });
            Scope::any([own].into_iter().chain(administered))
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
    label: "職員アカウントの停止・再開、二要素認証の再設定",
    who: &[
        Grant::Duty(Duty::Administration, Place::Itself),
        Grant::Duty(Duty::Administration, Place::Above),
        Grant::Tier(Duty::Administration, Tier::National),
    ],
};

const APPOINT: Command = Command {
    name: "officer.appoint",
    noun: Noun::Officer,
    label: "職員の招待、職務の登録と終了、引継書",
    who: &[
        Grant::Duty(Duty::Administration, Place::Itself),
        Grant::Duty(Duty::Administration, Place::Above),
        Grant::Tier(Duty::Administration, Tier::National),
    ],
};

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&APPOINT, &SUSPEND];

/// As whom somebody changes the duties of an office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// As its own administrator.
    Own,
    /// From above, on behalf of the office: with a reason, and by name.
    OnBehalf,
}

/// Who may invite officers to an office, and enter, end and hand over duties there.
///
/// # Errors
/// A [`Refusal`] when the actor administers neither it nor an association above it.
pub fn may_appoint(actor: &Actor, office: &WorksFor) -> Result<Hand, Refusal> {
    APPOINT.check(actor, &office.ground())?;
    Ok(if actor.holds(Duty::Administration, office.at) { Hand::Own } else { Hand::OnBehalf })
}

/// Who may suspend the account or reset its second factor: administration at each of the offices the officer works
/// for, or above it. One office alone must not reach into another's rights.
///
/// # Errors
/// A [`Refusal`] when the actor does not administer all of them.
pub fn may_suspend(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    if facts.works_for.is_empty() {
        return SUSPEND.check(actor, &Ground::default());
    }
    facts.works_for.iter().try_for_each(|office| SUSPEND.check(actor, &office.ground()))
}
