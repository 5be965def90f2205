//! Who was there: presence at a session from the times of check-in and check-out.

use chrono::{DateTime, TimeDelta, Utc};

use crate::named::named;

/// Minutes somebody may come late or leave early without losing the session's credit [assumed].
pub const ALLOWED_MINUTES: i64 = 10;

named! {
    /// What the times say about one session.
    Presence {
        Present = "present", "出席";
        Late = "late", "遅刻";
        LeftEarly = "left_early", "早退";
        NoCheckIn = "no_check_in", "入室の記録なし";
        NoCheckOut = "no_check_out", "退室の記録なし";
        Absent = "absent", "欠席";
    }
}

impl Presence {
    /// Whether the session's credits are given.
    pub fn earns(self) -> bool {
        self == Self::Present
    }

    /// Whether the office has to look before credits are released.
    pub fn is_open(self) -> bool {
        matches!(self, Self::NoCheckIn | Self::NoCheckOut)
    }
}

/// Presence at a session that runs from `starts_at` to `ends_at`.
///
/// Somebody who left before it began or came after it ended was absent; coming late or leaving early by more
/// than [`ALLOWED_MINUTES`] gives no credit.
pub fn presence(
    in_at: Option<DateTime<Utc>>,
    out_at: Option<DateTime<Utc>>,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
) -> Presence {
    let allowed = TimeDelta::minutes(ALLOWED_MINUTES);
    match (in_at, out_at) {
        (None, None) => Presence::Absent,
        (None, Some(_)) => Presence::NoCheckIn,
        (Some(came), _) if came >= ends_at => Presence::Absent,
        (Some(_), None) => Presence::NoCheckOut,
        (Some(_), Some(left)) if left <= starts_at => Presence::Absent,
        (Some(came), Some(_)) if came > starts_at + allowed => Presence::Late,
        (Some(_), Some(left)) if left < ends_at - allowed => Presence::LeftEarly,
        (Some(_), Some(_)) => Presence::Present,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-12-04T{text}:00+09:00").parse().expect("a moment")
    }

    #[test]
    fn times_decide_about_presence() {
        use Presence as P;
        for (came, left, expected) in [
            (Some("13:50"), Some("16:05"), P::Present),
            (Some("14:10"), Some("15:50"), P::Present),
            (Some("14:11"), Some("16:05"), P::Late),
            (Some("13:50"), Some("15:49"), P::LeftEarly),
            (Some("13:50"), None, P::NoCheckOut),
            (None, Some("16:05"), P::NoCheckIn),
            (None, None, P::Absent),
            (Some("16:00"), None, P::Absent),
            (Some("16:00"), Some("17:00"), P::Absent),
            (Some("12:00"), Some("14:00"), P::Absent),
        ] {
            let found = presence(came.map(at), left.map(at), at("14:00"), at("16:00"));
            assert_eq!(found, expected, "{came:?} {left:?}");
        }
    }
}
