//! Bulk changes: many changes of members from one file of an office. The tiers above see one once it was carried out,
//! since its lines lie on their desks then.

use std::fmt;

use super::{Actor, Command, Duty, DutyHeld, Grant, Ground, Noun, Office, Place, Refusal, Scope, scope_of};
use crate::association::Host;
use crate::base::ids::AssociationId;

/// What a scope can ask about a bulk change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// It is this association's.
    HeldBy(AssociationId),
    /// It is that of an association below this one.
    HeldBelow(AssociationId),
    /// It was carried out, and not only checked.
    CarriedOut,
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HeldBy(_) => "自医師会の一括変更",
            Self::HeldBelow(_) => "下位の医師会の一括変更",
            Self::CarriedOut => "実行済み",
        })
    }
}

/// A bulk change as far as the rules ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Whose it is.
    pub held_by: AssociationId,
    /// All associations above its holder.
    pub above: Vec<AssociationId>,
    /// Whether it was carried out, and not only checked.
    pub carried_out: bool,
}

impl Facts {
    /// Whether this bulk change has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::HeldBy(id) => self.held_by == *id,
            Fact::HeldBelow(id) => self.above.contains(id),
            Fact::CarriedOut => self.carried_out,
        }
    }

    fn ground(&self) -> Ground {
        let mut offices = vec![(Place::Itself, Host::Association(self.held_by))];
        offices.extend(self.above.iter().map(|id| (Place::Above, Host::Association(*id))));
        Ground { offices, ..Ground::default() }
    }
}

/// The bulk changes that the actor sees.
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    scope_of(actor, |_| Scope::Nothing, of_duty)
}

fn of_duty(held: &DutyHeld) -> Scope<Fact> {
    match (held.duty, held.at) {
        (Duty::Membership, Office::Association { id, .. }) => Scope::any([
            Scope::Fact(Fact::HeldBy(id)),
            Scope::every_fact([Fact::HeldBelow(id), Fact::CarriedOut]),
        ]),
        _ => Scope::Nothing,
    }
}

const fn command(name: &'static str, label: &'static str, who: &'static [Grant]) -> Command {
    Command { name, noun: Noun::BulkChange, label, who }
}

const HOLDER: &[Grant] = &[Grant::Duty(Duty::Membership, Place::Itself)];
const ENTER: Command = command("bulk_change.enter", "一括変更の確認・実行", HOLDER);
const DECIDE: Command = command(
    "bulk_change.decide",
    "一括変更で届いた手続きのまとめての承認",
    &[Grant::Duty(Duty::Membership, Place::Above)],
);
const UNDO: Command = command("bulk_change.undo", "一括変更の取消し", HOLDER);

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&ENTER, &DECIDE, &UNDO];

/// Who may have a file checked and carried out.
///
/// # Errors
/// A [`Refusal`], here and below, when the actor is not among those whom the command names.
pub fn may_enter(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    ENTER.check(actor, &facts.ground())
}

/// Who may decide all that waits of it at an upper tier. The flow asks in addition whose turn each line is.
///
/// # Errors
/// See [`may_enter`].
pub fn may_decide(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    DECIDE.check(actor, &facts.ground())
}

/// Who may take it back. The flow asks in addition how far each line has come.
///
/// # Errors
/// See [`may_enter`].
pub fn may_undo(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    UNDO.check(actor, &facts.ground())
}
