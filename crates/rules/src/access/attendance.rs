//! Attendees: the left column of the table that is law [seed]. Signups follow the same rule.

use std::fmt;

use super::{Actor, Command, Duty, DutyHeld, Grant, Ground, Noun, Office, Place, Refusal, Scope, scope_of};
use crate::association::{Host, Prefecture, Tier};
use crate::base::ids::{AssociationId, OrganizerId, PhysicianId};

/// What a scope can ask about an attendance or a signup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The training's host is this association.
    OfTrainingHostedByAssociation(AssociationId),
    /// The training's host is this external organizer.
    OfTrainingHostedByOrganizer(OrganizerId),
    /// `training.host_prefecture` is this one.
    HostWithinPrefecture(Prefecture),
    /// The physician belongs today to an association of this prefecture [assumed].
    PhysicianBelongsWithin(Prefecture),
    /// The physician has a workplace today in this prefecture [assumed].
    WorkplaceWithin(Prefecture),
    /// The physician is this one.
    Own(PhysicianId),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OfTrainingHostedByAssociation(_) | Self::OfTrainingHostedByOrganizer(_) => {
                "自主催の研修会の受講者"
            }
            Self::HostWithinPrefecture(_) => "都道府県内の研修会の受講者",
            Self::PhysicianBelongsWithin(_) => "都道府県内の医師会に所属する受講者",
            Self::WorkplaceWithin(_) => "都道府県内に勤務先がある受講者",
            Self::Own(_) => "本人のもの",
        })
    }
}

/// An attendance or a signup as far as the rules ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Who holds the training.
    pub host: Host,
    /// The prefecture of the host; the national association has none.
    pub host_prefecture: Option<Prefecture>,
    /// The physician; none while the attendance waits in the holding pool.
    pub physician: Option<PhysicianId>,
    /// The prefectures of the associations the physician belongs to today.
    pub belongs_within: Vec<Prefecture>,
    /// The prefectures of today's workplaces.
    pub works_within: Vec<Prefecture>,
}

impl Facts {
    /// Whether this attendance has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::OfTrainingHostedByAssociation(id) => self.host == Host::Association(*id),
            Fact::OfTrainingHostedByOrganizer(id) => self.host == Host::Organizer(*id),
            Fact::HostWithinPrefecture(prefecture) => self.host_prefecture == Some(*prefecture),
            Fact::PhysicianBelongsWithin(prefecture) => self.belongs_within.contains(prefecture),
            Fact::WorkplaceWithin(prefecture) => self.works_within.contains(prefecture),
            Fact::Own(physician) => self.physician == Some(*physician),
        }
    }

    fn ground(&self) -> Ground {
        Ground { own: self.physician, offices: vec![(Place::Host, self.host)], ..Ground::default() }
    }
}

/// The duties that see attendees: those who hold trainings and those who certify with them.
const DUTIES: &[Duty] = &[Duty::Training, Duty::Certification];

/// The attendances and signups that the actor sees.
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    scope_of(actor, |physician| Scope::Fact(Fact::Own(physician)), of_duty)
}

fn of_duty(held: &DutyHeld) -> Scope<Fact> {
    if !DUTIES.contains(&held.duty) {
        return Scope::Nothing;
    }
    match held.at {
        Office::Association { tier: Tier::National, .. } => Scope::All,
        Office::Association { tier: Tier::Prefectural, prefecture: Some(prefecture), .. } => {
            Scope::any_fact([
                Fact::HostWithinPrefecture(prefecture),
                Fact::PhysicianBelongsWithin(prefecture),
                Fact::WorkplaceWithin(prefecture),
            ])
        }
        Office::Association { id, .. } => Scope::Fact(Fact::OfTrainingHostedByAssociation(id)),
        Office::Organizer { id, .. } => Scope::Fact(Fact::OfTrainingHostedByOrganizer(id)),
    }
}

/// Whether the actor sees this attendance: the reader in memory.
pub fn sees(actor: &Actor, facts: &Facts) -> bool {
    visible_to(actor).admits(|fact| facts.has(fact))
}

const CORRECT: Command = Command {
    name: "attendance.correct",
    noun: Noun::Attendance,
    label: "出席の訂正",
    who: &[Grant::Duty(Duty::Training, Place::Host)],
};

const DOWNLOAD: Command = Command {
    name: "attendance.certificate",
    noun: Noun::Attendance,
    label: "受講証明書の作成・ダウンロード",
    who: &[Grant::Own, Grant::Duty(Duty::Training, Place::Host)],
};

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&CORRECT, &DOWNLOAD];

/// Who may correct one, with a reason.
///
/// # Errors
/// A [`Refusal`] when the actor is not among those whom the command names.
pub fn may_correct(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    CORRECT.check(actor, &facts.ground())
}

/// Who may make and download attendance certificates: the physician the own one, the host those of everybody.
///
/// # Errors
/// See [`may_correct`].
pub fn may_download_certificate(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    DOWNLOAD.check(actor, &facts.ground())
}
