//! Certifications that physicians hold: the ledger, its expiries, its certificates.

use std::fmt;

use super::{Actor, Command, Duty, DutyHeld, Grant, Ground, Noun, Office, Place, Refusal, Scope, scope_of};
use crate::association::{Host, Prefecture, Tier};
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
    /// The prefectural association of the workplace, for a non-member: the desk.
    pub desk: Option<AssociationId>,
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

    fn ground(&self) -> Ground {
        let home = self.belongs_at_or_below.iter().chain(&self.desk);
        Ground {
            own: Some(self.holder),
            offices: home.map(|id| (Place::Home, Host::Association(*id))).collect(),
            kind_duty: None,
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

const NATIONAL: &[Grant] = &[Grant::Tier(Duty::Certification, Tier::National)];

const fn command(name: &'static str, label: &'static str, who: &'static [Grant]) -> Command {
    Command { name, noun: Noun::Certification, label, who }
}

const DOWNLOAD: Command = command(
    "certification.download",
    "認定証のダウンロード",
    &[
        Grant::Own,
        Grant::Duty(Duty::Certification, Place::Home),
        Grant::Tier(Duty::Certification, Tier::National),
    ],
);
const REPORT_WORKPLACE: Command = command(
    "certification.report_workplace",
    "勤務先の変更",
    &[Grant::Own, Grant::Duty(Duty::Certification, Place::Home)],
);
const REISSUE: Command = command("certification.reissue", "認定証の再発行", NATIONAL);
const END: Command = command("certification.end", "資格喪失の記録", NATIONAL);
const GRANT_SPECIAL_MEASURE: Command = command("certification.grant_special_measure", "特例の登録", NATIONAL);

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&DOWNLOAD, &REPORT_WORKPLACE, &REISSUE, &END, &GRANT_SPECIAL_MEASURE];

/// Who may download the certificate.
///
/// # Errors
/// A [`Refusal`], here and below, when the actor is not among those whom the command names.
pub fn may_download(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    DOWNLOAD.check(actor, &facts.ground())
}

/// Who may report a change of workplace.
///
/// # Errors
/// See [`may_download`].
pub fn may_report_workplace(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    REPORT_WORKPLACE.check(actor, &facts.ground())
}

/// Who may issue a duplicate; it is logged.
///
/// # Errors
/// See [`may_download`].
pub fn may_reissue(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    REISSUE.check(actor, &facts.ground())
}

/// Who may record the loss of the title, with date and reason.
///
/// # Errors
/// See [`may_download`].
pub fn may_end(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    END.check(actor, &facts.ground())
}

/// Who may enter special measures that prolong validities.
///
/// # Errors
/// See [`may_download`].
pub fn may_grant_special_measure(actor: &Actor) -> Result<(), Refusal> {
    GRANT_SPECIAL_MEASURE.check(actor, &Ground::default())
}
