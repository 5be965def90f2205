//! One face for the workflows of all applications, by the names that their rows carry: what takes a
//! step, lists and shows them need not know which kind it is.

use super::{Desk, Effect, Refusal, Who, certification, membership};
use crate::access::application::Kind;
use crate::named::UnknownName;

/// The states in which an application of any kind is over.
pub const FINISHED: &[&str] = &["approved", "rejected", "withdrawn", "undone"];

/// What stands in the history of an application when an association takes it over from one that was merged into it. No
/// workflow has this command: nobody decides, and the state stays.
pub const SUCCEED: &str = "succeed";

/// What the conditions ask, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facts {
    /// About an application for certification.
    Certification(certification::Circumstances),
    /// About a procedure of membership.
    Membership(membership::Circumstances),
}

/// What a step leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The state before.
    pub from: &'static str,
    /// The state after.
    pub to: &'static str,
    /// Where it lies now.
    pub desk: Desk,
    /// What else happens.
    pub effects: &'static [Effect],
}

/// Why no step is taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoStep {
    /// The workflow refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A word that the workflow does not have: a fault, not a refusal.
    #[error(transparent)]
    Unknown(#[from] UnknownName),
    /// Facts of another kind, or a kind without a workflow here: a fault.
    #[error("{0} is not asked with these facts")]
    OtherKind(Kind),
}

/// Takes a step by the names of state and command.
///
/// # Errors
/// See [`NoStep`].
pub fn take(kind: Kind, from: &str, command: &str, who: Who, facts: Facts) -> Result<Taken, NoStep> {
    match (membership::workflow(kind), facts) {
        (Some(workflow), Facts::Membership(facts)) => {
            let from: membership::State = from.parse()?;
            let row = membership::step(workflow, from, command.parse()?, who, facts)?;
            let desk = membership::desk(row.to);
            Ok(Taken { from: from.name(), to: row.to.name(), desk, effects: row.effects })
        }
        (None, Facts::Certification(facts)) if kind == Kind::Certification => {
            let from: certification::State = from.parse()?;
            let row = certification::step(from, command.parse()?, who, facts)?;
            let desk = certification::desk(row.to);
            Ok(Taken { from: from.name(), to: row.to.name(), desk, effects: row.effects })
        }
        _ => Err(NoStep::OtherKind(kind)),
    }
}

/// The word for a state.
pub fn state_label(kind: Kind, state: &str) -> &'static str {
    if membership::workflow(kind).is_some() {
        return state.parse().map_or("", membership::State::label);
    }
    state.parse().map_or("", certification::State::label)
}

/// The word for a command; kinds share their commands' names and mean the same by them.
pub fn command_label(command: &str) -> Option<&'static str> {
    if command == SUCCEED {
        return Some("引継ぎ（医師会の合併）");
    }
    let of_membership = command.parse().ok().map(membership::Command::label);
    of_membership.or_else(|| command.parse().ok().map(certification::Command::label))
}

/// One sentence for the progress line.
pub fn sentence(kind: Kind, state: &str) -> &'static str {
    if membership::workflow(kind).is_some() {
        return state.parse().map_or("", membership::tracker);
    }
    state.parse().map_or("", certification::tracker)
}

/// On whose desk an application in this state lies; nobody's for an unknown word.
pub fn desk(kind: Kind, state: &str) -> Desk {
    if membership::workflow(kind).is_some() {
        return state.parse().map_or(Desk::Nobody, membership::desk);
    }
    state.parse().map_or(Desk::Nobody, certification::desk)
}

/// Whether it is over: nobody has to do anything.
pub fn is_finished(state: &str) -> bool {
    FINISHED.contains(&state)
}

/// The kind of a badge for a state.
pub fn badge(kind: Kind, state: &str) -> &'static str {
    match (state, desk(kind, state)) {
        ("draft" | "withdrawn" | "undone", _) => "neutral",
        ("approved", _) => "success",
        ("rejected", _) => "error",
        (_, Desk::Applicant) => "warning",
        _ => "info",
    }
}

/// The name of a command in the log of actions, `application.<command>`; none for an unknown word.
pub fn audit_name(command: &str) -> Option<&'static str> {
    AUDIT.iter().find(|(name, _)| *name == command).map(|(_, action)| *action)
}

const AUDIT: &[(&str, &str)] = &[
    ("submit", "application.submit"),
    ("resubmit", "application.resubmit"),
    ("withdraw", "application.withdraw"),
    ("examine_ok", "application.examine_ok"),
    ("return", "application.return"),
    ("reject", "application.reject"),
    ("record_committee", "application.record_committee"),
    ("record_board", "application.record_board"),
    ("defer", "application.defer"),
    ("submit_batch", "application.submit_batch"),
    ("recall", "application.recall"),
    ("approve_batch", "application.approve_batch"),
    ("approve", "application.approve"),
    ("confirm", "application.confirm"),
    ("receive", "application.receive"),
    ("pass_on", "application.pass_on"),
    ("record", "application.record"),
    ("enter", "application.enter"),
    ("undo", "application.undo"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_its_name_in_the_log() {
        let names = certification::Command::ALL.iter().map(|command| command.name());
        for name in names.chain(membership::Command::ALL.iter().map(|command| command.name())) {
            assert_eq!(audit_name(name), Some(format!("application.{name}")).as_deref());
            assert!(command_label(name).is_some());
        }
    }

    #[test]
    fn what_lies_with_nobody_is_finished() {
        for state in membership::State::ALL {
            assert_eq!(is_finished(state.name()), membership::desk(*state) == Desk::Nobody, "{state}");
        }
        for state in certification::State::ALL {
            assert_eq!(is_finished(state.name()), certification::desk(*state) == Desk::Nobody, "{state}");
        }
    }

    #[test]
    fn the_same_word_means_the_same_in_both() {
        for command in certification::Command::ALL {
            if let Ok(same) = command.name().parse::<membership::Command>() {
                assert_eq!(same.label(), command.label());
            }
        }
    }
}
