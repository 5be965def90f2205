//! Trainings: the middle and right columns of the table that is law [seed].

use std::fmt;

use super::{Actor, Command, Duty, DutyHeld, Grant, Ground, Noun, Office, Place, Refusal, Scope, scope_of};
use crate::association::{Host, Prefecture, Tier};
use crate::base::ids::{AssociationId, OrganizerId, PhysicianId};
use crate::flow::training_approval::State;

/// What a scope can ask about a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// `training.state` is one of these.
    StateIn(&'static [State]),
    /// The host is this association.
    HostedByAssociation(AssociationId),
    /// The host is this external organizer.
    HostedByOrganizer(OrganizerId),
    /// `training.host_prefecture` is this one: the host is the prefectural association, is below
    /// it, or is an external organizer with its seat there [assumed].
    HostWithinPrefecture(Prefecture),
    /// This physician has a signup, in whatever state.
    SignedUpBy(PhysicianId),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StateIn(states) if *states == State::AFTER_APPROVAL => {
                f.write_str("日本医師会の承認後のもの")
            }
            Self::StateIn(states) if *states == State::PUBLISHED => f.write_str("募集するもの（承認済み）"),
            Self::StateIn(states) => {
                let labels: Vec<&str> = states.iter().map(|state| state.label()).collect();
                write!(f, "状態が{}のもの", labels.join("・"))
            }
            Self::HostedByAssociation(_) | Self::HostedByOrganizer(_) => f.write_str("自主催のもの"),
            Self::HostWithinPrefecture(_) => f.write_str("都道府県内のもの"),
            Self::SignedUpBy(_) => f.write_str("自分が申し込んだもの"),
        }
    }
}

/// A training as far as the rules ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The stored state.
    pub state: State,
    /// Who holds it.
    pub host: Host,
    /// The prefecture of the host; the national association has none.
    pub host_prefecture: Option<Prefecture>,
    /// The association whose decision is awaited.
    pub pending: Option<AssociationId>,
    /// The physicians with a signup; it is enough to list the one who asks.
    pub signed_up: Vec<PhysicianId>,
}

impl Facts {
    /// Whether this training has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::StateIn(states) => states.contains(&self.state),
            Fact::HostedByAssociation(id) => self.host == Host::Association(*id),
            Fact::HostedByOrganizer(id) => self.host == Host::Organizer(*id),
            Fact::HostWithinPrefecture(prefecture) => self.host_prefecture == Some(*prefecture),
            Fact::SignedUpBy(physician) => self.signed_up.contains(physician),
        }
    }

    fn ground(&self) -> Ground {
        let mut offices = vec![(Place::Host, self.host)];
        offices.extend(self.pending.map(|id| (Place::PendingStep, Host::Association(id))));
        Ground { offices, ..Ground::default() }
    }
}

/// The trainings that the actor sees. Every duty sees them: the table names offices, not duties.
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    scope_of(
        actor,
        |physician| Scope::any_fact([Fact::StateIn(State::PUBLISHED), Fact::SignedUpBy(physician)]),
        of_duty,
    )
}

fn of_duty(held: &DutyHeld) -> Scope<Fact> {
    let before_approval = match held.at {
        Office::Association { tier: Tier::National, .. } => return Scope::All,
        Office::Association { tier: Tier::Prefectural, prefecture: Some(prefecture), .. } => {
            Fact::HostWithinPrefecture(prefecture)
        }
        Office::Association { id, .. } => Fact::HostedByAssociation(id),
        Office::Organizer { id, .. } => Fact::HostedByOrganizer(id),
    };
    Scope::any_fact([before_approval, Fact::StateIn(State::AFTER_APPROVAL)])
}

/// Whether the actor sees this training: the reader in memory.
pub fn sees(actor: &Actor, facts: &Facts) -> bool {
    visible_to(actor).admits(|fact| facts.has(fact))
}

const HOST: &[Grant] = &[Grant::Duty(Duty::Training, Place::Host)];
const PENDING: &[Grant] = &[Grant::Duty(Duty::Training, Place::PendingStep)];

const fn command(name: &'static str, label: &'static str, who: &'static [Grant]) -> Command {
    Command { name, noun: Noun::Training, label, who }
}

const CREATE: Command = command("training.create", "研修会の作成・複製", HOST);
const EDIT: Command = command("training.edit", "研修会の編集", HOST);
const SUBMIT: Command = command("training.submit", "研修会の申請・取下げ", HOST);
const DECIDE: Command = command("training.decide", "研修会の承認・差戻し・却下", PENDING);
const CANCEL: Command = command("training.cancel", "研修会の延期・中止", HOST);
const RECRUIT: Command = command("training.recruit", "キャンセル待ちの管理", HOST);
const SIGN_UP: Command = command("training.sign_up", "研修会への申込・取消し", &[Grant::Own]);
const SIGN_UP_ON_BEHALF: Command = command("training.sign_up_on_behalf", "申込の代理入力", HOST);
const CANCEL_SIGNUP: Command = command("training.cancel_signup", "申込みの取消し（主催者による）", HOST);
const RECEIVE: Command = command("training.receive", "受付", HOST);
const RELEASE_CREDITS: Command = command("training.release_credits", "単位登録", HOST);
const REPORT: Command = command("training.report", "開催報告", HOST);
const CONFIRM_REPORT: Command = command("training.confirm_report", "開催報告の確認・差戻し", PENDING);

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[
    &CREATE,
    &EDIT,
    &SUBMIT,
    &DECIDE,
    &CANCEL,
    &RECRUIT,
    &SIGN_UP,
    &SIGN_UP_ON_BEHALF,
    &CANCEL_SIGNUP,
    &RECEIVE,
    &RELEASE_CREDITS,
    &REPORT,
    &CONFIRM_REPORT,
];

/// Who may make a training (or copy one) for this host.
///
/// # Errors
/// A [`Refusal`], here and below, when the actor is not among those whom the command names.
pub fn may_create(actor: &Actor, host: Host) -> Result<(), Refusal> {
    CREATE.check(actor, &Ground { offices: vec![(Place::Host, host)], ..Ground::default() })
}

/// Who may change it.
///
/// # Errors
/// See [`may_create`].
pub fn may_edit(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    EDIT.check(actor, &facts.ground())
}

/// Who may submit it for approval, and take it back.
///
/// # Errors
/// See [`may_create`].
pub fn may_submit(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    SUBMIT.check(actor, &facts.ground())
}

/// Who may approve, return or reject it now.
///
/// # Errors
/// See [`may_create`].
pub fn may_decide(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    DECIDE.check(actor, &facts.ground())
}

/// Who may postpone or cancel it.
///
/// # Errors
/// See [`may_create`].
pub fn may_cancel(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    CANCEL.check(actor, &facts.ground())
}

/// Who runs its waiting list.
///
/// # Errors
/// See [`may_create`].
pub fn may_recruit(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    RECRUIT.check(actor, &facts.ground())
}

/// Who may sign `physician` up on my page: only the physician.
///
/// # Errors
/// See [`may_create`].
pub fn may_sign_up(actor: &Actor, physician: PhysicianId) -> Result<(), Refusal> {
    SIGN_UP.check(actor, &Ground { own: Some(physician), ..Ground::default() })
}

/// Who may sign somebody else up, or in beyond the capacity, with a reason.
///
/// # Errors
/// See [`may_create`].
pub fn may_sign_up_on_behalf(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    SIGN_UP_ON_BEHALF.check(actor, &facts.ground())
}

/// Who may give somebody else's seat back, with a reason, also after the physician's own deadline.
///
/// # Errors
/// See [`may_create`].
pub fn may_cancel_signup(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    CANCEL_SIGNUP.check(actor, &facts.ground())
}

/// Who may work at its reception.
///
/// # Errors
/// See [`may_create`].
pub fn may_receive(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    RECEIVE.check(actor, &facts.ground())
}

/// Who may enter and release the credits.
///
/// # Errors
/// See [`may_create`].
pub fn may_release_credits(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    RELEASE_CREDITS.check(actor, &facts.ground())
}

/// Who may file the holding report.
///
/// # Errors
/// See [`may_create`].
pub fn may_report(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    REPORT.check(actor, &facts.ground())
}

/// Who may confirm or return the holding report now.
///
/// # Errors
/// See [`may_create`].
pub fn may_confirm_report(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    CONFIRM_REPORT.check(actor, &facts.ground())
}
