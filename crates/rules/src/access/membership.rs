//! Periods of membership and the heads counted from them: an association keeps the register of its own
//! members, those who have left included, and of those below it. Whom it may look at more closely is a
//! question about the physician.

use std::fmt;

use super::{Actor, Duty, Office, Scope, scope_of};
use crate::association::Tier;
use crate::base::ids::AssociationId;

/// What a scope can ask about a period, or about an association whose heads are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Is of this association or of one below it.
    AtOrBelow(AssociationId),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtOrBelow(_) => f.write_str("その医師会と下位の医師会のもの"),
        }
    }
}

/// A period as far as the rules ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its association and all above that one.
    pub at_or_below: Vec<AssociationId>,
}

impl Facts {
    /// Whether the period has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::AtOrBelow(id) => self.at_or_below.contains(id),
        }
    }
}

/// The periods that the actor reads in the ledger, of any day \[assumed\].
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    with(actor, &[Duty::Membership])
}

/// The associations whose heads the actor reads: numbers, nobody's name.
pub fn counts_visible_to(actor: &Actor) -> Scope<Fact> {
    with(actor, &[Duty::Membership, Duty::Administration, Duty::Dues])
}

fn with(actor: &Actor, duties: &[Duty]) -> Scope<Fact> {
    scope_of(
        actor,
        |_| Scope::Nothing,
        |held| match held.at {
            Office::Association { .. } if !duties.contains(&held.duty) => Scope::Nothing,
            Office::Association { tier: Tier::National, .. } => Scope::All,
            Office::Association { id, .. } => Scope::Fact(Fact::AtOrBelow(id)),
            Office::Organizer { .. } => Scope::Nothing,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::super::DutyHeld;
    use super::*;
    use crate::association::Prefecture;
    use crate::base::ids::{AccountId, OfficerId, OrganizerId};
    use uuid::Uuid;

    fn officer(duty: Duty, at: Office) -> Actor {
        let duties = vec![DutyHeld { duty, at }];
        Actor::Officer { account: AccountId(Uuid::nil()), officer: OfficerId(Uuid::nil()), duties }
    }

    #[test]
    fn names_are_for_the_membership_desk_and_numbers_for_two_more() {
        let prefecture = Prefecture::new(14).expect("a prefecture");
        let id = AssociationId(Uuid::from_u128(1));
        let town = Office::Association { id, tier: Tier::Municipal, prefecture: Some(prefecture) };
        let organizer = Office::Organizer { id: OrganizerId(Uuid::from_u128(2)), prefecture };
        let own = Scope::Fact(Fact::AtOrBelow(id));
        for (duty, names, numbers) in [
            (Duty::Membership, own.clone(), own.clone()),
            (Duty::Administration, Scope::Nothing, own.clone()),
            (Duty::Dues, Scope::Nothing, own.clone()),
            (Duty::Training, Scope::Nothing, Scope::Nothing),
            (Duty::Certification, Scope::Nothing, Scope::Nothing),
        ] {
            let actor = officer(duty, town);
            assert_eq!((visible_to(&actor), counts_visible_to(&actor)), (names, numbers), "{duty}");
            assert_eq!(counts_visible_to(&officer(duty, organizer)), Scope::Nothing, "{duty}");
        }
        assert_eq!(visible_to(&Actor::Guest), Scope::Nothing);
    }
}
