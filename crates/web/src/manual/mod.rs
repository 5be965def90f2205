//! The manual: chapters of `docs/manual`, built into the program and shown to everybody.

mod chapter;
pub mod pages;

use mamis_rules::access::Actor;
use mamis_rules::association::Tier;

/// The chapter for somebody: a physician's, that of the office's tier, or the list of all for everybody else.
pub fn chapter_of(actor: &Actor) -> &'static str {
    let works_at = |tier: Tier| actor.duties().iter().any(|held| held.at.tier() == Some(tier));
    match actor {
        Actor::Physician { .. } => "/manual/physician",
        Actor::Officer { .. } if works_at(Tier::National) => "/manual/national",
        Actor::Officer { .. } if works_at(Tier::Prefectural) => "/manual/prefectural",
        Actor::Officer { .. } => "/manual/municipal",
        Actor::Guest | Actor::System => "/manual",
    }
}
