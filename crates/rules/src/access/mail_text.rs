//! The texts of all mails: the national association's, for everybody.

use super::{Actor, Command, Duty, Grant, Ground, Noun, Refusal};
use crate::association::Tier;

const EDIT: Command = Command {
    name: "mail_text.edit",
    noun: Noun::MailText,
    label: "メールの文面の変更",
    who: &[Grant::Tier(Duty::Administration, Tier::National)],
};

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&EDIT];

/// Who may read and change what all mails say.
///
/// # Errors
/// A [`Refusal`] when the actor is not among those whom the command names.
pub fn may_edit(actor: &Actor) -> Result<(), Refusal> {
    EDIT.check(actor, &Ground::default())
}
