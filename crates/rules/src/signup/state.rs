//! Table: what a signup is worth, and what becomes of it.

use crate::named::named;

named! {
    /// What a signup is worth.
    State {
        Waiting = "waiting", "キャンセル待ち";
        Offered = "offered", "席を案内中";
        Confirmed = "confirmed", "申込み済み";
        Cancelled = "cancelled", "取消し";
    }
}

named! {
    /// What is done with a signup.
    Act {
        Offer = "offer", "席を案内する";
        Accept = "accept", "席を受ける";
        Decline = "decline", "案内を断る";
        Expire = "expire", "案内の期限が過ぎる";
        Withdraw = "withdraw", "案内を取り消す";
        Cancel = "cancel", "取り消す";
    }
}

impl State {
    /// The states in which somebody has a seat or may get one; nobody has two signups in them for one training.
    pub const ALIVE: &[Self] = &[Self::Waiting, Self::Offered, Self::Confirmed];

    /// Whether a seat is held: an offered one is nobody else's until the answer.
    pub const fn holds_seat(self) -> bool {
        matches!(self, Self::Offered | Self::Confirmed)
    }

    /// The state after an act; none where it is not possible.
    pub const fn after(self, act: Act) -> Option<Self> {
        match (self, act) {
            (Self::Waiting, Act::Offer) => Some(Self::Offered),
            // Somebody who waits accepts without an offer when the office calls on the last days.
            (Self::Waiting | Self::Offered, Act::Accept) => Some(Self::Confirmed),
            (Self::Offered, Act::Decline | Act::Expire) => Some(Self::Cancelled),
            (Self::Offered, Act::Withdraw) => Some(Self::Waiting),
            (Self::Waiting | Self::Confirmed, Act::Cancel) => Some(Self::Cancelled),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_back_and_everything_alive_can_end() {
        for act in Act::ALL {
            assert_eq!(State::Cancelled.after(*act), None, "{act}");
        }
        for state in State::ALIVE {
            let ends = |act: &Act| state.after(*act) == Some(State::Cancelled);
            assert!(Act::ALL.iter().any(ends), "{state}");
        }
    }
}
