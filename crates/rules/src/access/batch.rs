//! Batches: examined applications that a board decides together and that go up in one act.

use std::fmt;

use super::application::Kind;
use super::{Actor, Command, DutyHeld, Grant, Ground, Noun, Office, Place, Refusal, Scope, scope_of};
use crate::association::Host;
use crate::base::ids::AssociationId;

/// What a scope can ask about a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The batch is this association's.
    HeldBy(AssociationId),
    /// It was submitted upward, and this association is the next tier above its holder.
    SubmittedTo(AssociationId),
    /// The kind of its applications is one of these.
    KindIn(&'static [Kind]),
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HeldBy(_) => "自医師会の一括",
            Self::SubmittedTo(_) => "その医師会に一括申請されたもの",
            Self::KindIn(kinds) => {
                let labels: Vec<&str> = kinds.iter().map(|kind| kind.label()).collect();
                return write!(f, "種類が{}", labels.join("・"));
            }
        })
    }
}

/// A batch as far as the rules ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The kind of its applications.
    pub kind: Kind,
    /// Whose it is.
    pub held_by: AssociationId,
    /// The tier above, once it has been submitted there.
    pub submitted_to: Option<AssociationId>,
}

impl Facts {
    /// Whether this batch has the fact: the reader in memory.
    pub fn has(&self, fact: &Fact) -> bool {
        match fact {
            Fact::HeldBy(id) => self.held_by == *id,
            Fact::SubmittedTo(id) => self.submitted_to == Some(*id),
            Fact::KindIn(kinds) => kinds.contains(&self.kind),
        }
    }

    fn ground(&self) -> Ground {
        Ground {
            own: None,
            offices: vec![(Place::Itself, Host::Association(self.held_by))],
            kind_duty: Some(self.kind.duty()),
        }
    }
}

/// The batches that the actor sees.
pub fn visible_to(actor: &Actor) -> Scope<Fact> {
    scope_of(actor, |_| Scope::Nothing, of_duty)
}

fn of_duty(held: &DutyHeld) -> Scope<Fact> {
    let kinds = Kind::of(held.duty);
    match held.at {
        Office::Association { id, .. } if !kinds.is_empty() => Scope::every([
            Scope::Fact(Fact::KindIn(kinds)),
            Scope::any_fact([Fact::HeldBy(id), Fact::SubmittedTo(id)]),
        ]),
        Office::Association { .. } | Office::Organizer { .. } => Scope::Nothing,
    }
}

/// Whether the actor sees this batch: the reader in memory.
pub fn sees(actor: &Actor, facts: &Facts) -> bool {
    visible_to(actor).admits(|fact| facts.has(fact))
}

const HOLDER: &[Grant] = &[Grant::DutyOfKind(Place::Itself)];

const fn command(name: &'static str, label: &'static str) -> Command {
    Command { name, noun: Noun::Batch, label, who: HOLDER }
}

const PACKET: Command = command("batch.packet", "理事会用資料の作成");
const RECORD_BOARD: Command = command("batch.record_board", "理事会・運営委員会の結果の記録");
const SUBMIT: Command = command("batch.submit", "一括申請・一括承認");

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&PACKET, &RECORD_BOARD, &SUBMIT];

/// Who may make the board packet.
///
/// # Errors
/// A [`Refusal`], here and below, when the actor is not among those whom the command names.
pub fn may_packet(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    PACKET.check(actor, &facts.ground())
}

/// Who may record what committee and board decided.
///
/// # Errors
/// See [`may_packet`].
pub fn may_record_board(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    RECORD_BOARD.check(actor, &facts.ground())
}

/// Who may submit the batch upward; at the national tier: approve it.
///
/// # Errors
/// See [`may_packet`].
pub fn may_submit(actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    SUBMIT.check(actor, &facts.ground())
}
