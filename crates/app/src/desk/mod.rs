//! The desk of an office: what waits, since when, until when.

pub mod export;
pub mod lists;

use mamis_rules::access::{Actor, Duty, Office};
use mamis_rules::association::Tier;
use mamis_rules::base::AssociationId;

/// An association at which the actor has a duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// The association.
    pub id: AssociationId,
    /// Its tier.
    pub tier: Tier,
}

/// The associations at which the actor has this duty.
pub fn associations(actor: &Actor, duty: Duty) -> Vec<At> {
    let mut found: Vec<At> = Vec::new();
    for held in actor.duties().iter().filter(|held| held.duty == duty) {
        if let Office::Association { id, tier, .. } = held.at
            && found.iter().all(|at| at.id != id)
        {
            found.push(At { id, tier });
        }
    }
    found
}
