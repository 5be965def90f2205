//! The terms of use: everybody reads them, the national office publishes them.

use super::{Actor, Command, Duty, Grant, Ground, Noun, Refusal};
use crate::association::Tier;

const PUBLISH: Command = Command {
    name: "terms.publish",
    noun: Noun::Terms,
    label: "新しい版の利用規約の公開",
    who: &[Grant::Tier(Duty::Administration, Tier::National)],
};

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&PUBLISH];

/// Who may publish a version that everybody is asked to accept from its day on.
///
/// # Errors
/// A [`Refusal`] when the actor is not among those whom the command names.
pub fn may_publish(actor: &Actor) -> Result<(), Refusal> {
    PUBLISH.check(actor, &Ground::default())
}
