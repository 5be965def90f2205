//! Certifications that physicians hold: the ledger, its expiries, its certificates.

use std::fmt;

use super::{Actor, Command, Duty, DutyHeld, Grant, Ground, Noun, Office, Refusal, Scope, scope_of};
use crate::association::{Prefecture, Tier};
use crate::base::ids::{AssociationId, PhysicianId};

/// What a scope can ask about a certification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The holder is this physician.
    Own(PhysicianId),
    /// The holder belongs today to this association or to one below it.
    HolderBelongsAtOrBelow(AssociationId),
    /// The holder has a workplace today in this prefecture.
    HolderWorksIn(Prefecture),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own(_) => "本人の認定",
            Self::HolderBelongsAtOrBelow(_) => "その医師会または下位の医師会に所属する認定医",
            Self::HolderWorksIn(_) => "都道府県内に勤務先がある認定医",
        })
    }
}

/// A certification as far as the rules ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Who holds it.
    pub holder: PhysicianId,
    /// The associations of the holder's memberships today and all above them.
    pub belongs_at_or_below: Vec<AssociationId>,
    /// The prefectures of the holder's workplaces today.
    pub works_within: Vec<Prefecture>,
}

impl Facts {
    /// Whether this certification has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::Own(physician) => self.holder == *physician,
            Fact::HolderBelongsAtOrBelow(id) => self.belongs_at_or_below.contains(id),
            Fact::HolderWorksIn(prefecture) => self.works_within.contains(prefecture),
        }
    }
}

/// The certifications that the actor sees.
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    scope_of(actor, |physician| Scope::Fact(Fact::Own(physician)), of_duty)
}

fn of_duty(held: &DutyHeld) -> Scope<Fact> {
    match (held.duty, held.at) {
        (Duty::Certification, Office::Association { tier: Tier::National, .. }) => Scope::All,
        (Duty::Certification, Office::Association { id, tier, prefecture }) => {
            let desk = prefecture.filter(|_| tier == Tier::Prefectural).map(Fact::HolderWorksIn);
            Scope::any_fact([Fact::HolderBelongsAtOrBelow(id)].into_iter().chain(desk))
        }
        _ => Scope::Nothing,
    }
}

/// Whether the actor sees this certification: the reader in memory.
pub fn sees(actor: &Actor, facts: &Facts) -> bool {
    visible_to(actor).admits(|fact| facts.has(fact))
}

const fn command(name: &'static str, label: &'static str) -> Command {
    let who = &[Grant::Tier(Duty::Certification, Tier::National)];
    Command { name, noun: Noun::Certification, label, who }
}

const REISSUE: Command = command("certification.reissue", "認定証の再発行");
const END: Command = command("certification.end", "資格喪失の記録");

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&REISSUE, &END];

/// Who may issue a duplicate; it is logged.
///
/// # Errors
/// A [`Refusal`], here and below, when the actor is not among those whom the command names.
pub fn may_reissue(actor: &Actor) -> Result<(), Refusal> {
    REISSUE.check(actor, &Ground::default())
}

/// Who may record the loss of the title, with date and reason.
///
/// # Errors
/// See [`may_reissue`].
pub fn may_end(actor: &Actor) -> Result<(), Refusal> {
    END.check(actor, &Ground::default())
}
