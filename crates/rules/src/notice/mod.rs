//! Notices of an office to people: in which state what can be done with them, and their fields.

pub mod text;

use crate::named::named;

named! {
    /// How far a notice is.
    State {
        Draft = "draft", "下書き";
        Scheduled = "scheduled", "送信の予約";
        Sending = "sending", "送信中";
        Sent = "sent", "送信済み";
        Cancelled = "cancelled", "中止";
    }
}

named! {
    /// What is done with a notice.
    Command {
        Edit = "edit", "変更";
        Schedule = "schedule", "送信の予約";
        Begin = "begin", "送信の開始";
        Finish = "finish", "送信の終了";
        GiveBack = "give_back", "下書きに戻す";
        Stop = "stop", "中止";
        Remove = "remove", "削除";
    }
}

/// Why something cannot be done with a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}のお知らせに、「{}」はできません。", state.label(), command.label())]
pub struct Refusal {
    state: State,
    command: Command,
}

/// Table: from which states a command leads where. Whoever wants to change a scheduled notice takes it back first, so
/// that nothing leaves that nobody has looked at.
const ROWS: &[(&[State], Command, State)] = &[
    (&[State::Draft], Command::Edit, State::Draft),
    (&[State::Draft], Command::Schedule, State::Scheduled),
    (&[State::Draft], Command::Remove, State::Cancelled),
    (&[State::Scheduled], Command::GiveBack, State::Draft),
    (&[State::Scheduled], Command::Begin, State::Sending),
    (&[State::Sending], Command::Finish, State::Sent),
    // Letters that left stay where they are; those that wait do not leave.
    (&[State::Sending, State::Sent], Command::Stop, State::Cancelled),
];

impl State {
    /// The state after a command.
    ///
    /// # Errors
    /// A [`Refusal`] when the command does not stand in this state.
    pub fn after(self, command: Command) -> Result<Self, Refusal> {
        ROWS.iter()
            .find(|(from, done, _)| from.contains(&self) && *done == command)
            .map(|(_, _, to)| *to)
            .ok_or(Refusal { state: self, command })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_reached_and_what_left_is_never_a_draft_again() {
        for state in State::ALL {
            let reached = *state == State::Draft || ROWS.iter().any(|(_, _, to)| to == state);
            assert!(reached, "{state}");
        }
        for state in [State::Sending, State::Sent, State::Cancelled] {
            for command in [Command::Edit, Command::Schedule, Command::Begin, Command::GiveBack] {
                let refusal = state.after(command).expect_err("must be refused").to_string();
                assert!(refusal.contains(state.label()), "{refusal}");
            }
        }
        assert_eq!(State::Draft.after(Command::Schedule), Ok(State::Scheduled));
        assert_eq!(State::Sending.after(Command::Stop), Ok(State::Cancelled));
    }
}
