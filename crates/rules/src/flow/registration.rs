//! 利用者登録: from the form to the licence that an office has compared. The account works as soon as the mailed link
//! was opened; what the office finds out afterwards can end it.

use super::{Desk, Effect, Refusal, Row, Who, Workflow};
use crate::association::Tier;
use crate::named::named;

named! {
    /// Where a registration stands.
    State {
        Draft = "draft", "入力の途中";
        Started = "started", "メールの確認待ち";
        Checking = "checking", "医師免許証の確認待ち";
        Confirmed = "confirmed", "確認済み";
        Refused = "refused", "確認できなかったもの";
        Claimed = "claimed", "本人の確認が済んだもの";
    }
}

named! {
    /// What is done with a registration.
    Command {
        Send = "send", "確認のメールを送る";
        Open = "open", "利用を始める";
        Confirm = "confirm", "医師免許証を確認した";
        Refuse = "refuse", "確認できない（ログインを止める）";
    }
}

named! {
    /// The conditions.
    Guard {
        NewPerson = "new_person", "医籍登録番号がまだ登録されていない";
        KnownPerson = "known_person", "医籍登録番号・生年月日・カナが登録と同じで、利用をまだ始めていない";
    }
}

/// Whether the person is in the register already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nobody has this registry number.
    Nobody,
    /// The person with the number has the same birth date and reading, and no account in use.
    Person,
    /// Somebody else, or somebody who uses an account already.
    Other,
}

const CHECK: &[State] = &[State::Checking, State::Refused];

/// Table: the workflow.
pub const WORKFLOW: Workflow<State, Command, Guard> = Workflow {
    name: "registration",
    title: "利用者登録",
    start: State::Draft,
    states: &[State::ALL],
    finals: &[State::Confirmed, State::Claimed],
    rows: &[&[
        Row {
            from: &[State::Draft],
            command: Command::Send,
            who: Who::Applicant,
            when: &[],
            to: State::Started,
            effects: &[],
        },
        Row {
            from: &[State::Started],
            command: Command::Open,
            who: Who::Applicant,
            when: &[Guard::NewPerson],
            to: State::Checking,
            effects: &[Effect::NotifyNextOffice],
        },
        Row {
            from: &[State::Started],
            command: Command::Open,
            who: Who::Applicant,
            when: &[Guard::KnownPerson],
            to: State::Claimed,
            effects: &[],
        },
        Row {
            from: CHECK,
            command: Command::Confirm,
            who: Who::Office(Tier::Prefectural),
            when: &[],
            to: State::Confirmed,
            effects: &[Effect::OpenAccess, Effect::NotifyApplicant],
        },
        Row {
            from: &[State::Checking],
            command: Command::Refuse,
            who: Who::Office(Tier::Prefectural),
            when: &[],
            to: State::Refused,
            effects: &[Effect::CloseAccess, Effect::NotifyApplicant],
        },
    ]],
};

/// On whose desk a registration lies.
pub const fn desk(state: State) -> Desk {
    match state {
        State::Draft | State::Started => Desk::Applicant,
        State::Checking => Desk::Tier(Tier::Prefectural),
        State::Confirmed | State::Refused | State::Claimed => Desk::Nobody,
    }
}

/// The row that applies.
///
/// # Errors
/// A [`Refusal`] that says why none does.
pub fn step(
    from: State,
    command: Command,
    who: Who,
    found: Found,
) -> Result<&'static Row<State, Command, Guard>, Refusal> {
    super::step(&WORKFLOW, from, command, who, |guard| holds(guard, found))
}

/// The commands that this party can give now.
pub fn commands(from: State, who: Who) -> Vec<Command> {
    super::commands(&WORKFLOW, from, who, |_| true)
}

fn holds(guard: Guard, found: Found) -> bool {
    match guard {
        Guard::NewPerson => found == Found::Nobody,
        Guard::KnownPerson => found == Found::Person,
    }
}
