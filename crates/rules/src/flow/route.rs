//! The route of an application: which association does what, in order. Fixed at submission, so
//! that a later move of the physician or of an association does not pull the item off a desk.

use serde::{Deserialize, Serialize};

use super::Desk;
use super::certification::Standing;
use super::membership::{LeavingScope, Report};
use super::training_approval::{self, ApprovalPath, HostTier};
use crate::association::Tier;
use crate::base::ids::AssociationId;
use crate::named::named;

named! {
    /// What an association does at its step.
    Act {
        Receive = "receive", "受付";
        Examine = "examine", "個別審査";
        Committee = "committee", "運営委員会";
        Board = "board", "理事会";
        Submit = "submit", "一括申請";
        PassOn = "pass_on", "進達";
        Approve = "approve", "承認";
        Confirm = "confirm", "確認";
        Inform = "inform", "情報共有";
    }
}

named! {
    /// Whose side of a transfer an association is on.
    Side {
        Current = "current", "手続きを進める医師会";
        Former = "former", "転出元の医師会";
    }
}

/// One step of a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Who acts.
    pub association: AssociationId,
    /// The tier of that association on the day of submission.
    pub tier: Tier,
    /// What it does, in order.
    pub acts: Vec<Act>,
    /// Former for the association that is left by a transfer.
    #[serde(default = "current")]
    pub side: Side,
}

const fn current() -> Side {
    Side::Current
}

impl Step {
    /// Whether the item ever waits at this step; an informed association only reads along.
    pub fn decides(&self) -> bool {
        self.acts.iter().any(|act| *act != Act::Inform)
    }
}

/// The ordered steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Route(pub Vec<Step>);

impl Route {
    /// The first step at which the item waits.
    pub fn first(&self) -> Option<&Step> {
        self.0.iter().find(|step| step.decides())
    }

    /// The step at this tier.
    pub fn at(&self, tier: Tier) -> Option<&Step> {
        self.0.iter().find(|step| step.tier == tier && step.side == Side::Current && step.decides())
    }

    /// The step of this association.
    pub fn of(&self, association: AssociationId) -> Option<&Step> {
        self.0.iter().find(|step| step.association == association)
    }

    /// The step that a desk belongs to; none when the applicant has the item or nobody.
    pub fn on_desk(&self, desk: Desk) -> Option<&Step> {
        match desk {
            Desk::Tier(tier) => self.at(tier),
            Desk::Former => self.0.iter().find(|step| step.side == Side::Former && step.decides()),
            Desk::Applicant | Desk::Host | Desk::Nobody => None,
        }
    }

    /// The step after this association's.
    pub fn after(&self, association: AssociationId) -> Option<&Step> {
        self.0.iter().filter(|step| step.decides()).skip_while(|step| step.association != association).nth(1)
    }

    /// The associations in order.
    pub fn associations(&self) -> impl Iterator<Item = AssociationId> {
        self.0.iter().map(|step| step.association)
    }
}

/// Where a physician stands on the day of submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// Belongs to an association, at whatever tier: its chain in the tree.
    Member {
        /// Where a municipal association is divided again.
        district: Option<AssociationId>,
        /// The municipal association of the membership, or the one above the district.
        municipal: AssociationId,
        /// The prefectural association above it.
        prefectural: AssociationId,
    },
    /// Belongs to none; the desk is the prefectural association of the workplace [seed].
    NonMember {
        /// That association; none while no workplace is registered.
        prefectural: Option<AssociationId>,
    },
}

impl Home {
    /// Member or not, for the conditions of the workflow.
    pub const fn standing(self) -> Standing {
        match self {
            Self::Member { .. } => Standing::Member,
            Self::NonMember { .. } => Standing::NonMember,
        }
    }
}

/// Why no route can be fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A non-member without a workplace has no desk.
    #[error(
        "勤務先が登録されていないため、申請先の都道府県医師会が決まりません。マイページで勤務先を登録してください。"
    )]
    WorkplaceMissing,
    /// A host below the prefectural tier without a prefectural association.
    #[error(
        "主催者の都道府県医師会が登録されていないため、申請先が決まりません。日本医師会にお問い合わせください。"
    )]
    PrefecturalMissing,
}

const OFFICE: &[Act] = &[Act::Receive, Act::Examine, Act::Board, Act::Submit];
const NATIONAL_OFFICE: &[Act] = &[Act::Examine, Act::Committee, Act::Board, Act::Approve];

fn step(association: AssociationId, tier: Tier, acts: &[Act]) -> Step {
    Step { association, tier, acts: acts.to_vec(), side: Side::Current }
}

/// The route of an application for certification: member municipal → prefectural → national,
/// non-member prefectural → national [seed]. A district reads along [assumed].
///
/// # Errors
/// [`Refusal::WorkplaceMissing`] for a non-member without a workplace.
pub fn certification(home: Home, national: AssociationId) -> Result<Route, Refusal> {
    let mut steps = Vec::new();
    match home {
        Home::Member { district, municipal, prefectural } => {
            steps.extend(district.map(|id| step(id, Tier::District, &[Act::Inform])));
            steps.push(step(municipal, Tier::Municipal, OFFICE));
            // The municipal office has received; the originals stay with it [seed].
            steps.push(step(prefectural, Tier::Prefectural, &OFFICE[1..]));
        }
        Home::NonMember { prefectural } => {
            let prefectural = prefectural.ok_or(Refusal::WorkplaceMissing)?;
            steps.push(step(prefectural, Tier::Prefectural, OFFICE));
        }
    }
    steps.push(step(national, Tier::National, NATIONAL_OFFICE));
    Ok(Route(steps))
}

/// The route of a training's approval and holding report. `prefectural` is the host itself, the
/// association above it, or that of an external organizer's seat.
///
/// # Errors
/// [`Refusal::PrefecturalMissing`] when it is needed and unknown.
pub fn training(
    host: HostTier,
    path: ApprovalPath,
    prefectural: Option<AssociationId>,
    national: AssociationId,
) -> Result<Route, Refusal> {
    let acts = &[Act::Approve, Act::Confirm];
    let through_prefectural = match (host, path) {
        (HostTier::BelowPrefectural, _) | (HostTier::Prefectural, ApprovalPath::ToPrefectural) => true,
        (HostTier::Prefectural, ApprovalPath::ToNational) | (HostTier::National, _) => false,
    };
    let mut steps = Vec::new();
    if through_prefectural {
        let prefectural = prefectural.ok_or(Refusal::PrefecturalMissing)?;
        steps.push(step(prefectural, Tier::Prefectural, acts));
    }
    if path == ApprovalPath::ToNational || host == HostTier::National {
        steps.push(step(national, Tier::National, acts));
    }
    Ok(Route(steps))
}

/// An association and its tier.
pub type Body = (AssociationId, Tier);

/// The route of a joining or transfer: every association from the lowest one entered up to the tier
/// that is wanted or held. A transfer begins at the association that is left.
///
/// `chain` goes upward from the lowest association.
pub fn admission(former: Option<Body>, chain: &[Body], target: Tier) -> Route {
    let mut steps: Vec<Step> = former
        .map(|(id, tier)| Step { side: Side::Former, ..step(id, tier, &[Act::Confirm]) })
        .into_iter()
        .collect();
    let entered = chain.iter().filter(|(_, tier)| *tier == target || target.is_above(*tier));
    steps.extend(entered.map(|(id, tier)| step(*id, *tier, &[Act::Approve])));
    Route(steps)
}

/// The route of a leaving, as the decision table says [pub]: `held` are today's memberships, from the
/// lowest upward. Whoever does not act but loses a member is informed, a district of a municipal
/// member too [assumed].
pub fn leaving(scope: LeavingScope, held: &[Body]) -> Route {
    let has = |tier: Tier| held.iter().any(|(_, of)| *of == tier);
    let act = |tier: Tier| match (scope, tier) {
        (_, Tier::District) => {
            if has(Tier::Municipal) {
                Act::Inform
            } else {
                Act::Approve
            }
        }
        (LeavingScope::Everything, Tier::Municipal) | (LeavingScope::Upper, Tier::Prefectural) => {
            Act::Approve
        }
        (LeavingScope::Everything, Tier::Prefectural) => Act::Confirm,
        (LeavingScope::Upper | LeavingScope::National, Tier::Municipal) => Act::Receive,
        (LeavingScope::National, Tier::Prefectural) => Act::PassOn,
        (LeavingScope::National, Tier::National) => Act::Approve,
        (LeavingScope::Everything | LeavingScope::Upper, Tier::National) => Act::Inform,
    };
    Route(held.iter().map(|(id, tier)| step(*id, *tier, &[act(*tier)])).collect())
}

/// The route of a change report: the municipal association receives and the others are informed; a
/// change of category is approved by every tier of the membership. `held` as in [`leaving`].
pub fn change_report(report: Report, held: &[Body]) -> Route {
    let has_municipal = held.iter().any(|(_, tier)| *tier == Tier::Municipal);
    let act = |tier: Tier| match (report, tier) {
        (_, Tier::District) if has_municipal => Act::Inform,
        (Report::Plain, Tier::District | Tier::Municipal) => Act::Receive,
        (Report::Plain, Tier::Prefectural | Tier::National) => Act::Inform,
        (Report::Category, _) => Act::Approve,
    };
    Route(held.iter().map(|(id, tier)| step(*id, *tier, &[act(*tier)])).collect())
}

/// The association at which a training waits.
pub fn pending_training(route: &Route, state: training_approval::State) -> Option<AssociationId> {
    route.on_desk(training_approval::desk(state)).map(|step| step.association)
}
