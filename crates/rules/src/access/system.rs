//! Pages about the system itself.

use super::{Actor, Command, Grant, Ground, Noun, Refusal};

const SEE_DEMO: Command = Command {
    name: "system.see_demo",
    noun: Noun::System,
    label: "デモの案内（デモのときだけあるページ）",
    who: &[Grant::Anyone],
};

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&SEE_DEMO];

/// Who may see the page that presents the demo: everyone. The page exists in the demo only.
///
/// # Errors
/// Never.
pub fn may_see_demo(actor: &Actor) -> Result<(), Refusal> {
    SEE_DEMO.check(actor, &Ground::default())
}
