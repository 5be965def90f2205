//! Searches for people that officers keep for themselves or share with their office. A search holds no data of people
//! beyond what its keeper typed; what it finds is looked for anew within the reader's own scope.

use std::fmt;

use super::physician::depth_of;
use super::{Actor, Command, Duty, Grant, Ground, Noun, Office, Place, Refusal, Scope};
use crate::base::ids::{AccountId, AssociationId};

/// What a scope can ask about a saved search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// This account keeps it.
    KeptBy(AccountId),
    /// It is shared in this association's office.
    SharedIn(AssociationId),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeptBy(_) => "自分が保存した検索",
            Self::SharedIn(_) => "その事務局で共有されている検索",
        })
    }
}

/// A saved search as far as the rules ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Who keeps it.
    pub kept_by: AccountId,
    /// The office that shares it.
    pub shared_in: Option<AssociationId>,
}

impl Facts {
    /// Whether this search has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::KeptBy(account) => self.kept_by == *account,
            Fact::SharedIn(id) => self.shared_in == Some(*id),
        }
    }
}

/// The searches that the actor may open: the own ones, and those shared in an office whose people the actor sees.
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    let Actor::Officer { account, duties, .. } = actor else {
        return if matches!(actor, Actor::System) { Scope::All } else { Scope::Nothing };
    };
    let shared: Vec<Fact> = duties
        .iter()
        .filter(|held| depth_of(held.duty).is_some())
        .filter_map(|held| match held.at {
            Office::Association { id, .. } => Some(Fact::SharedIn(id)),
            Office::Organizer { .. } => None,
        })
        .collect();
    match shared.is_empty() {
        true => Scope::Nothing,
        false => Scope::any_fact(std::iter::once(Fact::KeptBy(*account)).chain(shared)),
    }
}

const SAVE: Command = Command {
    name: "saved_search.save",
    noun: Noun::SavedSearch,
    label: "検索の保存・事務局での共有",
    who: &[
        Grant::Duty(Duty::Membership, Place::Itself),
        Grant::Duty(Duty::Certification, Place::Itself),
        Grant::Duty(Duty::Training, Place::Itself),
        Grant::Duty(Duty::Dues, Place::Itself),
    ],
};

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&SAVE];

/// Who may keep a search, and share it in this office.
///
/// # Errors
/// A [`Refusal`] when the actor sees no people there.
pub fn may_save(actor: &Actor, office: AssociationId) -> Result<(), Refusal> {
    let offices = vec![(Place::Itself, crate::association::Host::Association(office))];
    SAVE.check(actor, &Ground { offices, ..Ground::default() })
}

/// Whether the actor keeps this search: nobody else removes it.
pub fn keeps(actor: &Actor, facts: &Facts) -> bool {
    actor.account() == Some(facts.kept_by)
}
