//! Who may. The only place that decides it.
//!
//! One file per noun: its facts, who sees which rows (`visible_to`), and who may do what (`may_…`).
//! What somebody cannot see does not exist for them (404); what they see but may not do is a
//! [`Refusal`] in the words of the screen. `docs/access.md` is printed from the same data by
//! [`matrix`].

pub mod application;
pub mod association;
pub mod attendance;
pub mod batch;
pub mod bulk_change;
pub mod certification;
mod command;
pub mod document;
mod explain;
pub mod gate;
pub mod mail_text;
mod matrix;
pub mod membership;
pub mod notice;
pub mod officer;
pub mod organizer;
pub mod physician;
pub mod post_letter;
pub mod provisional_credential;
pub mod registration;
pub mod saved_search;
mod scope;
pub mod system;
pub mod terms;
pub mod training;

pub use command::{Command, Grant, Ground, Noun, Place, Refusal, commands};
pub use explain::{Standing, explain};
pub use matrix::matrix;
pub use physician::Depth;
pub use scope::Scope;

use crate::association::{Host, Prefecture, Tier};
use crate::base::ids::{AccountId, AssociationId, OfficerId, OrganizerId, PhysicianId};
use crate::named::named;

named! {
    /// What an officer is allowed to do at an office.
    Duty {
        Membership = "membership", "会員";
        Training = "training", "研修会";
        Certification = "certification", "認定";
        Dues = "dues", "会費";
        Administration = "administration", "管理";
    }
}

/// Where an officer works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Office {
    /// At a medical association.
    Association {
        /// The association.
        id: AssociationId,
        /// Its tier.
        tier: Tier,
        /// Its prefecture; the national association has none.
        prefecture: Option<Prefecture>,
    },
    /// At an external organizer, which is in no tier.
    Organizer {
        /// The organizer.
        id: OrganizerId,
        /// The prefecture of its seat.
        prefecture: Prefecture,
    },
}

impl Office {
    /// The office as a host of trainings.
    pub const fn host(self) -> Host {
        match self {
            Self::Association { id, .. } => Host::Association(id),
            Self::Organizer { id, .. } => Host::Organizer(id),
        }
    }

    /// The tier; an external organizer is in none.
    pub const fn tier(self) -> Option<Tier> {
        match self {
            Self::Association { tier, .. } => Some(tier),
            Self::Organizer { .. } => None,
        }
    }
}

/// A duty at an office, valid today: the caller has left out those that have not begun or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DutyHeld {
    /// What.
    pub duty: Duty,
    /// Where.
    pub at: Office,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody is logged in.
    Guest,
    /// A physician on my page.
    Physician {
        /// The account.
        account: AccountId,
        /// The person.
        physician: PhysicianId,
    },
    /// An officer of one or more offices.
    Officer {
        /// The account.
        account: AccountId,
        /// The person.
        officer: OfficerId,
        /// Today's duties.
        duties: Vec<DutyHeld>,
    },
    /// The application itself: timetable, takeover, seed. No person can be this actor.
    System,
}

impl Actor {
    /// The account, if somebody is logged in.
    pub const fn account(&self) -> Option<AccountId> {
        match self {
            Self::Physician { account, .. } | Self::Officer { account, .. } => Some(*account),
            Self::Guest | Self::System => None,
        }
    }

    /// The physician, if the actor is one.
    pub const fn physician(&self) -> Option<PhysicianId> {
        match self {
            Self::Physician { physician, .. } => Some(*physician),
            Self::Guest | Self::Officer { .. } | Self::System => None,
        }
    }

    /// Today's duties; empty for everyone but officers.
    pub fn duties(&self) -> &[DutyHeld] {
        match self {
            Self::Officer { duties, .. } => duties,
            Self::Guest | Self::Physician { .. } | Self::System => &[],
        }
    }

    /// Whether the actor has this duty at this association or organizer.
    pub fn holds(&self, duty: Duty, at: Host) -> bool {
        self.duties().iter().any(|held| held.duty == duty && held.at.host() == at)
    }

    /// Whether the actor has this duty at some association of this tier.
    pub fn holds_at_tier(&self, duty: Duty, tier: Tier) -> bool {
        self.duties().iter().any(|held| held.duty == duty && held.at.tier() == Some(tier))
    }
}

// The frame that all nouns share: everything for the system, nothing for guests and for officers
// without a duty, and the union over an officer's duties.
fn scope_of<F: PartialEq>(
    actor: &Actor,
    own: impl Fn(PhysicianId) -> Scope<F>,
    of_duty: impl Fn(&DutyHeld) -> Scope<F>,
) -> Scope<F> {
    match actor {
        Actor::System => Scope::All,
        Actor::Guest => Scope::Nothing,
        Actor::Physician { physician, .. } => own(*physician),
        Actor::Officer { duties, .. } => Scope::any(duties.iter().map(of_duty)),
    }
}
