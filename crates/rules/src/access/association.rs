//! Associations: the directory is public, the settings belong to each association.

use std::fmt;

use super::{Actor, Command, Duty, Grant, Ground, Noun, Office, Place, Refusal, Scope, scope_of};
use crate::association::{Host, Tier};
use crate::base::ids::AssociationId;

/// What a scope can ask about an association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Is this association.
    Is(AssociationId),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(_) => f.write_str("自医師会"),
        }
    }
}

/// An association as far as the rules ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The association.
    pub association: AssociationId,
    /// All associations above it in the tree.
    pub above: Vec<AssociationId>,
}

impl Facts {
    /// Whether this association has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::Is(id) => self.association == *id,
        }
    }

    fn ground(&self) -> Ground {
        let mut offices = vec![(Place::Itself, Host::Association(self.association))];
        offices.extend(self.above.iter().map(|id| (Place::Above, Host::Association(*id))));
        Ground { offices, ..Ground::default() }
    }
}

/// The associations in the directory: all of them for everyone, since a person who registers or
/// joins has to choose one. An officer without a duty sees nothing, as everywhere.
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    match actor {
        Actor::Officer { duties, .. } if duties.is_empty() => Scope::Nothing,
        _ => Scope::All,
    }
}

/// The associations whose settings the actor sees: each body is legally independent.
pub fn settings_visible_to(actor: &Actor) -> Scope<Fact> {
    scope_of(
        actor,
        |_| Scope::Nothing,
        |held| match (held.duty, held.at) {
            (Duty::Administration, Office::Association { id, .. }) => Scope::Fact(Fact::Is(id)),
            _ => Scope::Nothing,
        },
    )
}

const ITSELF: &[Grant] = &[Grant::Duty(Duty::Administration, Place::Itself)];

const fn command(name: &'static str, label: &'static str, who: &'static [Grant]) -> Command {
    Command { name, noun: Noun::Association, label, who }
}

const CHANGE_DETAILS: Command =
    command("association.change_details", "医師会の連絡先・会長などの変更", ITSELF);
const CHANGE_SETTINGS: Command = command("association.change_settings", "医師会の設定の変更", ITSELF);
const SET_ROUNDS: Command = command(
    "association.set_rounds",
    "審査回・受付期間の設定",
    &[Grant::Duty(Duty::Certification, Place::Itself), Grant::Duty(Duty::Administration, Place::Itself)],
);
const CHANGE_TREE: Command = command(
    "association.change_tree",
    "下位の医師会の新設・名称変更・合併・閉鎖",
    &[Grant::Duty(Duty::Administration, Place::Above), Grant::Tier(Duty::Administration, Tier::National)],
);
const APPROVE_ORGANIZER: Command = command(
    "association.approve_organizer",
    "外部団体の登録（所在地の都道府県医師会）",
    &[Grant::Duty(Duty::Training, Place::Itself), Grant::Tier(Duty::Training, Tier::National)],
);

const IMPORT: Command = command(
    "association.import",
    "医師会の一覧の取込み（下位の医師会の新設・名称・連絡先）",
    &[Grant::Duty(Duty::Administration, Place::Above), Grant::Tier(Duty::Administration, Tier::National)],
);

/// The commands of this noun.
pub const COMMANDS: &[&Command] =
    &[&CHANGE_DETAILS, &CHANGE_SETTINGS, &SET_ROUNDS, &CHANGE_TREE, &IMPORT, &APPROVE_ORGANIZER];

/// Who may change its contacts, president, office hours and account.
///
/// # Errors
/// See [`may_change_settings`].
pub fn may_change_details(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    CHANGE_DETAILS.check(actor, &facts.ground())
}

/// Who may change its settings.
///
/// # Errors
/// A [`Refusal`], here and below, when the actor is not among those whom the command names.
pub fn may_change_settings(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    CHANGE_SETTINGS.check(actor, &facts.ground())
}

/// Who may set its rounds and intake windows.
///
/// # Errors
/// See [`may_change_settings`].
pub fn may_set_rounds(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    SET_ROUNDS.check(actor, &facts.ground())
}

/// Who may create, rename, merge or close it, with an effective date.
///
/// # Errors
/// See [`may_change_settings`].
pub fn may_change_tree(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    CHANGE_TREE.check(actor, &facts.ground())
}

/// Who may open it, rename it and change its contacts by a list of associations; for a new one, `facts` names those above
/// it.
///
/// # Errors
/// See [`may_change_settings`].
pub fn may_import(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    IMPORT.check(actor, &facts.ground())
}

/// Who may admit an external organizer; `facts` is the prefectural association of its seat.
///
/// # Errors
/// See [`may_change_settings`].
pub fn may_approve_organizer(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    APPROVE_ORGANIZER.check(actor, &facts.ground())
}
