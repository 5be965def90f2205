//! Applications of every kind: seen by the applicant and by all offices on the route.

use std::fmt;

use super::{Actor, Command, Duty, DutyHeld, Grant, Ground, Noun, Office, Place, Refusal, Scope, scope_of};
use crate::association::Host;
use crate::base::ids::{AssociationId, OrganizerId, PhysicianId};
use crate::named::named;

named! {
    /// The kind of an application.
    Kind {
        Joining = "joining", "入会";
        Transfer = "transfer", "異動";
        Leaving = "leaving", "退会";
        ChangeReport = "change_report", "届出事項変更";
        TrainingApproval = "training_approval", "研修会の承認";
        HoldingReport = "holding_report", "開催報告";
        Certification = "certification", "認定";
        CmeSelfReport = "cme_self_report", "生涯教育申告書";
        DuesReduction = "dues_reduction", "会費減免";
    }
}

impl Kind {
    /// The duty that handles it.
    pub const fn duty(self) -> Duty {
        match self {
            Self::Joining | Self::Transfer | Self::Leaving | Self::ChangeReport => Duty::Membership,
            Self::TrainingApproval | Self::HoldingReport | Self::CmeSelfReport => Duty::Training,
            Self::Certification => Duty::Certification,
            Self::DuesReduction => Duty::Dues,
        }
    }

    /// The kinds that this duty handles.
    pub const fn of(duty: Duty) -> &'static [Self] {
        match duty {
            Duty::Membership => &[Self::Joining, Self::Transfer, Self::Leaving, Self::ChangeReport],
            Duty::Training => &[Self::TrainingApproval, Self::HoldingReport, Self::CmeSelfReport],
            Duty::Certification => &[Self::Certification],
            Duty::Dues => &[Self::DuesReduction],
            Duty::Administration => &[],
        }
    }
}

/// What a scope can ask about an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The applicant is this physician.
    AppliedBy(PhysicianId),
    /// It was filed by this association (a training's host).
    FiledByAssociation(AssociationId),
    /// It was filed by this external organizer (a training's host).
    FiledByOrganizer(OrganizerId),
    /// One of the route's steps is at this association.
    OnRouteOf(AssociationId),
    /// It has been submitted at least once: `submitted_at` is set.
    Submitted,
    /// The kind is one of these.
    KindIn(&'static [Kind]),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AppliedBy(_) => "本人の申請",
            Self::FiledByAssociation(_) | Self::FiledByOrganizer(_) => "自ら出した申請",
            Self::OnRouteOf(_) => "その医師会を経由する申請",
            Self::Submitted => "提出済み",
            Self::KindIn(kinds) => {
                let labels: Vec<&str> = kinds.iter().map(|kind| kind.label()).collect();
                return write!(f, "種類が{}", labels.join("・"));
            }
        })
    }
}

/// An application as far as the rules ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The kind.
    pub kind: Kind,
    /// The physician who applies; none for a host's applications.
    pub applicant: Option<PhysicianId>,
    /// The host that filed it; none for a physician's applications.
    pub filed_by: Option<Host>,
    /// The associations of the route, in order.
    pub route: Vec<AssociationId>,
    /// The association whose act is awaited.
    pub pending: Option<AssociationId>,
    /// Whether it was ever submitted.
    pub submitted: bool,
}

impl Facts {
    /// Whether this application has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::AppliedBy(physician) => self.applicant == Some(*physician),
            Fact::FiledByAssociation(id) => self.filed_by == Some(Host::Association(*id)),
            Fact::FiledByOrganizer(id) => self.filed_by == Some(Host::Organizer(*id)),
            Fact::OnRouteOf(id) => self.route.contains(id),
            Fact::Submitted => self.submitted,
            Fact::KindIn(kinds) => kinds.contains(&self.kind),
        }
    }

    fn ground(&self) -> Ground {
        let mut offices: Vec<(Place, Host)> =
            self.route.iter().map(|id| (Place::OnRoute, Host::Association(*id))).collect();
        offices.extend(self.pending.map(|id| (Place::PendingStep, Host::Association(id))));
        offices.extend(self.filed_by.map(|host| (Place::Host, host)));
        Ground { own: self.applicant, offices, kind_duty: Some(self.kind.duty()) }
    }
}

/// The applications that the actor sees. Upper tiers see what is on its way to them: physician and
/// all tiers read the same progress line.
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    scope_of(actor, |physician| Scope::Fact(Fact::AppliedBy(physician)), of_duty)
}

fn of_duty(held: &DutyHeld) -> Scope<Fact> {
    let kinds = Kind::of(held.duty);
    let near = match held.at {
        Office::Association { id, .. } if !kinds.is_empty() => Scope::any([
            Scope::Fact(Fact::FiledByAssociation(id)),
            Scope::every_fact([Fact::OnRouteOf(id), Fact::Submitted]),
        ]),
        // An external organizer files for its trainings and nothing else.
        Office::Organizer { id, .. } if held.duty == Duty::Training => {
            Scope::Fact(Fact::FiledByOrganizer(id))
        }
        Office::Association { .. } | Office::Organizer { .. } => return Scope::Nothing,
    };
    Scope::every([Scope::Fact(Fact::KindIn(kinds)), near])
}

/// Whether the actor sees this application: the reader in memory.
pub fn sees(actor: &Actor, facts: &Facts) -> bool {
    visible_to(actor).admits(|fact| facts.has(fact))
}

const PENDING: &[Grant] = &[Grant::DutyOfKind(Place::PendingStep)];
const ON_ROUTE: &[Grant] = &[Grant::DutyOfKind(Place::OnRoute)];

const fn command(name: &'static str, label: &'static str, who: &'static [Grant]) -> Command {
    Command { name, noun: Noun::Application, label, who }
}

const APPLY: Command =
    command("application.apply", "申請・再申請・取下げ", &[Grant::Own, Grant::DutyOfKind(Place::Host)]);
const ENTER_ON_BEHALF: Command = command("application.enter_on_behalf", "代理入力", ON_ROUTE);
const DECIDE: Command = command("application.decide", "審査・承認・差戻し・却下", PENDING);
const RECALL: Command = command("application.recall", "引戻し", ON_ROUTE);
const RECORD_FEE: Command = command("application.record_fee", "審査登録料の受領の記録", ON_ROUTE);
const UNDO_LEAVING: Command = command("application.undo_leaving", "退会の取消し", ON_ROUTE);
const MOVE_HANDBOOK: Command = command("application.move_handbook", "手帳原本の受領・返却の記録", ON_ROUTE);

/// The commands of this noun.
pub const COMMANDS: &[&Command] =
    &[&APPLY, &ENTER_ON_BEHALF, &DECIDE, &RECALL, &RECORD_FEE, &MOVE_HANDBOOK, &UNDO_LEAVING];

/// Who may submit, resubmit and withdraw it: the applicant.
///
/// # Errors
/// A [`Refusal`], here and below, when the actor is not among those whom the command names.
pub fn may_apply(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    APPLY.check(actor, &facts.ground())
}

/// Who may act for the applicant; the record says who did it, for whom and why.
///
/// # Errors
/// See [`may_apply`].
pub fn may_enter_on_behalf(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    ENTER_ON_BEHALF.check(actor, &facts.ground())
}

/// Who may examine, approve, return or reject it now.
///
/// # Errors
/// See [`may_apply`].
pub fn may_decide(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    DECIDE.check(actor, &facts.ground())
}

/// Who may take it back from the tier above. The flow asks in addition that the actor's tier is
/// the one that sent it and that the upper tier has not acted.
///
/// # Errors
/// See [`may_apply`].
pub fn may_recall(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    RECALL.check(actor, &facts.ground())
}

/// Who may record the receipt of the registration fee.
///
/// # Errors
/// See [`may_apply`].
pub fn may_record_fee(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    RECORD_FEE.check(actor, &facts.ground())
}

/// Who may record the handbook's receipt and return.
///
/// # Errors
/// See [`may_apply`].
pub fn may_move_handbook(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    MOVE_HANDBOOK.check(actor, &facts.ground())
}

/// Who may take back a leaving. The flow asks in addition that the actor's tier is the one that
/// decided it and that no more than thirty days have passed.
///
/// # Errors
/// See [`may_apply`].
pub fn may_undo_leaving(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    UNDO_LEAVING.check(actor, &facts.ground())
}
