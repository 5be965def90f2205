//! Runs of cards with provisional credentials: who is chosen, and what becomes of a run.

use crate::named::named;

named! {
    /// Whom a run is for.
    Kind {
        First = "first", "はじめての発行（まだ一度も送っていない人）";
        Reminder = "reminder", "再度のご案内（前に送って、まだログインしていない人）";
    }
}

named! {
    /// What became of a run.
    State {
        Queued = "queued", "準備しています";
        Making = "making", "作っています";
        Ready = "ready", "印刷できます";
        Posted = "posted", "発送しました";
        Withdrawn = "withdrawn", "取り消しました";
    }
}

named! {
    /// What is done with a run.
    Act {
        Choose = "choose", "対象の人を選ぶ";
        Finish = "finish", "作り終える";
        Post = "post", "発送を記録する";
        Withdraw = "withdraw", "取り消す";
    }
}

named! {
    /// How somebody hears of it.
    Way {
        Post = "post", "はがき";
        Mail = "mail", "メール";
        None = "none", "作れません";
    }
}

/// Days a card works: the post takes days, people take weeks \[assumed\].
pub const CARD_DAYS: i64 = 90;

/// Days after which somebody who has not logged in may be reminded \[assumed\].
pub const REMINDER_DAYS: i64 = 30;

/// What a run becomes; none where the act makes no sense.
pub const fn after(state: State, act: Act) -> Option<State> {
    match (state, act) {
        (State::Queued, Act::Choose) => Some(State::Making),
        (State::Making, Act::Finish) => Some(State::Ready),
        (State::Ready, Act::Post) => Some(State::Posted),
        // What was handed to the post cannot be called back: a new run ends the old cards.
        (State::Queued | State::Making | State::Ready, Act::Withdraw) => Some(State::Withdrawn),
        _ => None,
    }
}

/// How somebody hears of it: a reminder by mail where mail arrives, everything else on a card where an address is known.
pub const fn way(kind: Kind, mail: Arrives, post: Arrives) -> Way {
    match (kind, mail, post) {
        (Kind::Reminder, Arrives::Yes, _) => Way::Mail,
        (_, _, Arrives::Yes) => Way::Post,
        (_, _, Arrives::No) => Way::None,
    }
}

/// Whether something reaches a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrives {
    /// A verified mail address; a known postal address.
    Yes,
    /// None.
    No,
}

impl From<bool> for Arrives {
    fn from(arrives: bool) -> Self {
        if arrives { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_chosen_made_and_posted_or_withdrawn_before() {
        let table = [
            (State::Queued, Act::Choose, Some(State::Making)),
            (State::Making, Act::Choose, None),
            (State::Making, Act::Finish, Some(State::Ready)),
            (State::Making, Act::Post, None),
            (State::Ready, Act::Post, Some(State::Posted)),
            (State::Making, Act::Withdraw, Some(State::Withdrawn)),
            (State::Posted, Act::Withdraw, None),
            (State::Withdrawn, Act::Choose, None),
        ];
        for (state, act, to) in table {
            assert_eq!(after(state, act), to, "{state} {act}");
        }
    }

    #[test]
    fn a_reminder_goes_by_mail_where_mail_arrives() {
        use Arrives::{No, Yes};
        for (kind, mail, post, wanted) in [
            (Kind::First, Yes, Yes, Way::Post),
            (Kind::Reminder, Yes, No, Way::Mail),
            (Kind::Reminder, No, Yes, Way::Post),
            (Kind::First, Yes, No, Way::None),
            (Kind::Reminder, No, No, Way::None),
        ] {
            assert_eq!(way(kind, mail, post), wanted, "{kind}");
        }
    }
}
