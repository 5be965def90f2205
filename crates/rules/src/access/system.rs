//! Pages about the system itself.

use super::{Actor, Command, Duty, Grant, Ground, Noun, Refusal};
use crate::association::Tier;

const ADMINISTRATION: &[Grant] = &[Grant::Tier(Duty::Administration, Tier::National)];

const fn command(name: &'static str, label: &'static str, who: &'static [Grant]) -> Command {
    Command { name, noun: Noun::System, label, who }
}

const SEE_DEMO: Command =
    command("system.see_demo", "デモの案内（デモのときだけあるページ）", &[Grant::Anyone]);
const SEE_STATUS: Command = command("system.see_status", "稼働状況・定期処理の確認", ADMINISTRATION);
const CHANGE_MODE: Command = command("system.change_mode", "参照のみ・全機能停止の切替え", ADMINISTRATION);
const IMPORT: Command = command(
    "system.import",
    "移行データの取込み・照合",
    &[Grant::Tier(Duty::Administration, Tier::National), Grant::Tier(Duty::Membership, Tier::National)],
);

/// The commands of this noun.
pub const COMMANDS: &[&Command] = &[&SEE_DEMO, &SEE_STATUS, &CHANGE_MODE, &IMPORT];

/// Who may see the page that presents the demo: everyone. The page exists in the demo only.
///
/// # Errors
/// Never.
pub fn may_see_demo(actor: &Actor) -> Result<(), Refusal> {
    SEE_DEMO.check(actor, &Ground::default())
}

/// Who may see jobs, mail queue and health in detail.
///
/// # Errors
/// A [`Refusal`], here and below, when the actor is not among those whom the command names.
pub fn may_see_status(actor: &Actor) -> Result<(), Refusal> {
    SEE_STATUS.check(actor, &Ground::default())
}

/// Who may switch between normal, read-only and closed.
///
/// # Errors
/// See [`may_see_status`].
pub fn may_change_mode(actor: &Actor) -> Result<(), Refusal> {
    CHANGE_MODE.check(actor, &Ground::default())
}

/// Who may take over data from the old systems.
///
/// # Errors
/// See [`may_see_status`].
pub fn may_import(actor: &Actor) -> Result<(), Refusal> {
    IMPORT.check(actor, &Ground::default())
}
