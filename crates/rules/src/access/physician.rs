//! Physicians: an association sees those who belong to it or below it, those who apply to it, and
//! non-members linked to it. Fields have depth.

use std::fmt;

use super::{Actor, Command, Duty, DutyHeld, Grant, Ground, Noun, Office, Place, Refusal, Scope, scope_of};
use crate::association::{Host, Prefecture, Tier};
use crate::base::ids::{AssociationId, PhysicianId};
use crate::named::named;

named! {
    /// How deep somebody looks into a physician's data.
    Depth {
        List = "list", "一覧（氏名・カナ・医師会・会員区分）";
        Contact = "contact", "連絡先まで";
        Full = "full", "すべての項目（閲覧は記録されます）";
    }
}

/// What a scope can ask about a physician.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Is this physician.
    Own(PhysicianId),
    /// Belongs today to this association or to one below it.
    BelongsAtOrBelow(AssociationId),
    /// Has a submitted application under way whose route passes through this association. What is
    /// finished gives no sight any more: whoever moved away is the new association's.
    AppliesTo(AssociationId),
    /// Is linked to this association (a non-member who attended or applied there [seed]).
    LinkedTo(AssociationId),
    /// Belongs to no association and has a workplace today in this prefecture: the prefectural
    /// association of the workplace is a non-member's desk [seed].
    NonMemberWorkingIn(Prefecture),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own(_) => "本人",
            Self::BelongsAtOrBelow(_) => "その医師会または下位の医師会に所属する医師",
            Self::AppliesTo(_) => "その医師会に申請している医師",
            Self::LinkedTo(_) => "その医師会に紐づく非会員",
            Self::NonMemberWorkingIn(_) => "都道府県内に勤務先がある非会員",
        })
    }
}

/// A physician as far as the rules ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The person.
    pub physician: PhysicianId,
    /// The associations of today's memberships and all above them.
    pub belongs_at_or_below: Vec<AssociationId>,
    /// The associations on the routes of the physician’s submitted applications that are under way.
    pub applies_to: Vec<AssociationId>,
    /// The associations a non-member is linked to.
    pub linked_to: Vec<AssociationId>,
    /// The prefectures of today's workplaces.
    pub works_within: Vec<Prefecture>,
    /// The prefectural association of the workplace, for a non-member: the desk.
    pub desk: Option<AssociationId>,
}

impl Facts {
    /// Whether this physician has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::Own(physician) => self.physician == *physician,
            Fact::BelongsAtOrBelow(id) => self.belongs_at_or_below.contains(id),
            Fact::AppliesTo(id) => self.applies_to.contains(id),
            Fact::LinkedTo(id) => self.linked_to.contains(id),
            Fact::NonMemberWorkingIn(prefecture) => {
                self.belongs_at_or_below.is_empty() && self.works_within.contains(prefecture)
            }
        }
    }

    fn ground(&self) -> Ground {
        let home = self.belongs_at_or_below.iter().chain(&self.desk);
        Ground {
            own: Some(self.physician),
            offices: home.map(|id| (Place::Home, Host::Association(*id))).collect(),
            kind_duty: None,
        }
    }
}

/// How deep a duty looks; administration needs no personal data.
pub const fn depth_of(duty: Duty) -> Option<Depth> {
    match duty {
        Duty::Membership | Duty::Certification => Some(Depth::Full),
        Duty::Dues => Some(Depth::Contact),
        Duty::Training => Some(Depth::List),
        Duty::Administration => None,
    }
}

/// The physicians that the actor sees at all.
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    visible_at(actor, Depth::List)
}

/// The physicians whose data the actor sees to this depth or deeper.
pub fn visible_at(actor: &Actor, depth: Depth) -> Scope<Fact> {
    scope_of(actor, |physician| Scope::Fact(Fact::Own(physician)), |held| of_duty(held, depth))
}

fn of_duty(held: &DutyHeld, depth: Depth) -> Scope<Fact> {
    if depth_of(held.duty).is_none_or(|reached| reached < depth) {
        return Scope::Nothing;
    }
    match held.at {
        // The national tier keeps the register, non-members included [assumed].
        Office::Association { tier: Tier::National, .. } => Scope::All,
        Office::Association { id, tier, prefecture } => {
            let near = [Fact::BelongsAtOrBelow(id), Fact::AppliesTo(id), Fact::LinkedTo(id)];
            let desk = prefecture.filter(|_| tier == Tier::Prefectural).map(Fact::NonMemberWorkingIn);
            Scope::any_fact(near.into_iter().chain(desk))
        }
        // An external organizer sees the attendees of its trainings and nobody else [seed].
        Office::Organizer { .. } => Scope::Nothing,
    }
}

/// Whether the actor sees this physician: the reader in memory.
pub fn sees(actor: &Actor, facts: &Facts) -> bool {
    depth(actor, facts).is_some()
}

/// How deep the actor sees this physician; none when not at all.
pub fn depth(actor: &Actor, facts: &Facts) -> Option<Depth> {
    let reached = |depth: &Depth| visible_at(actor, *depth).admits(|fact| facts.has(fact));
    Depth::ALL.iter().copied().rev().find(reached)
}

const MEMBERSHIP: &[Grant] =
    &[Grant::Duty(Duty::Membership, Place::Home), Grant::Tier(Duty::Membership, Tier::National)];

const fn command(name: &'static str, label: &'static str, who: &'static [Grant]) -> Command {
    Command { name, noun: Noun::Physician, label, who }
}

const EDIT: Command = command(
    "physician.edit",
    "登録情報の変更",
    &[Grant::Own, Grant::Duty(Duty::Membership, Place::Home), Grant::Tier(Duty::Membership, Tier::National)],
);
const DECLARE_CREDITS: Command = command(
    "physician.declare_credits",
    "紙の単位の入力",
    &[Grant::Own, Grant::Duty(Duty::Certification, Place::Home)],
);
const SEND_CREDENTIALS: Command =
    command("physician.send_credentials", "仮ログインIDの発行・送付", MEMBERSHIP);
const RECORD_DEATH: Command = command("physician.record_death", "死亡・免許の喪失の記録", MEMBERSHIP);
const MERGE: Command = command("physician.merge", "重複登録の統合", MEMBERSHIP);
const EXPORT: Command = command(
    "physician.export",
    "一覧の書出し・宛名ラベルの印刷",
    &[
        Grant::Duty(Duty::Membership, Place::Itself),
        Grant::Duty(Duty::Certification, Place::Itself),
        Grant::Duty(Duty::Dues, Place::Itself),
    ],
);
const SEE_LOG: Command = command("physician.see_log", "医師についての操作の記録の確認", MEMBERSHIP);
const SEE_LOOKS: Command = command("physician.see_looks", "閲覧履歴の確認", &[Grant::Own]);

/// The commands of this noun.
pub const COMMANDS: &[&Command] =
    &[&EDIT, &DECLARE_CREDITS, &SEND_CREDENTIALS, &RECORD_DEATH, &MERGE, &EXPORT, &SEE_LOG, &SEE_LOOKS];

/// Who may change the data that the physician manages.
///
/// # Errors
/// A [`Refusal`], here and below, when the actor is not among those whom the command names.
pub fn may_edit(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    EDIT.check(actor, &facts.ground())
}

/// Who may enter paper credits: the physician, or the certification desk on behalf.
///
/// # Errors
/// See [`may_edit`].
pub fn may_declare_credits(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    DECLARE_CREDITS.check(actor, &facts.ground())
}

/// Who may write down that a physician died or lost the licence.
///
/// # Errors
/// See [`may_edit`].
pub fn may_record_death(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    RECORD_DEATH.check(actor, &facts.ground())
}

/// Who may print provisional credentials or send a login link.
///
/// # Errors
/// See [`may_edit`].
pub fn may_send_credentials(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    SEND_CREDENTIALS.check(actor, &facts.ground())
}

/// Who may merge two records of one person. It needs rights over both, otherwise it would be a way
/// to gain rights over the other.
///
/// # Errors
/// See [`may_edit`].
pub fn may_merge(actor: &Actor, kept: &Facts, merged: &Facts) -> Result<(), Refusal> {
    MERGE.check(actor, &kept.ground())?;
    MERGE.check(actor, &merged.ground())
}

/// Who may take people they see out of the system, as a file or as labels. A duty that sees names alone may not.
///
/// # Errors
/// See [`may_edit`].
pub fn may_export(actor: &Actor) -> Result<(), Refusal> {
    let offices = actor.duties().iter().map(|held| (Place::Itself, held.at.host())).collect();
    EXPORT.check(actor, &Ground { offices, ..Ground::default() })
}

/// Whether a reason is asked before a list leaves the system: it may hold members of any association, see
/// [`needs_reason`].
pub fn export_needs_reason(actor: &Actor) -> bool {
    let full = |held: &DutyHeld| depth_of(held.duty) == Some(Depth::Full);
    actor.duties().iter().any(|held| full(held) && held.at.tier() == Some(Tier::National))
}

/// Whether the actor sees the full data only as the keeper of the register, and the person belongs to another
/// association: then a reason is asked before the data is opened. Non-members belong to nobody else \[assumed\].
pub fn needs_reason(actor: &Actor, facts: &Facts) -> bool {
    let is_national = |held: &&DutyHeld| held.at.tier() == Some(Tier::National);
    let Actor::Officer { account, officer, duties } = actor else { return false };
    let nearer: Vec<DutyHeld> = duties.iter().filter(|held| !is_national(held)).copied().collect();
    let nearer = Actor::Officer { account: *account, officer: *officer, duties: nearer };
    let national: Vec<Host> = duties.iter().filter(is_national).map(|held| held.at.host()).collect();
    let elsewhere = facts.belongs_at_or_below.iter().any(|id| !national.contains(&Host::Association(*id)));
    elsewhere && depth(actor, facts) == Some(Depth::Full) && depth(&nearer, facts) != Some(Depth::Full)
}

/// Who may see what was done about this physician, by whom.
///
/// # Errors
/// See [`may_edit`].
pub fn may_see_log(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    SEE_LOG.check(actor, &facts.ground())
}

/// Who may see which officers looked at the full data.
///
/// # Errors
/// See [`may_edit`].
pub fn may_see_looks(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    SEE_LOOKS.check(actor, &facts.ground())
}
