//! Who was there: presence at a session from the set of passages through the door.

mod passage;

pub use passage::{Passage, Span, Way, spans};

use chrono::{DateTime, TimeDelta, Utc};

use crate::credit::{Scheme, scheme_rules};
use crate::named::named;

/// Minutes somebody may come late or leave early without losing the session's credit, where the scheme says nothing
/// [assumed].
const ALLOWED_MINUTES: i64 = 10;

/// How late somebody may come to a session, and how early leave, without losing its credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Minutes after the beginning.
    pub late: i64,
    /// Minutes before the end.
    pub early: i64,
}

impl Default for Allowed {
    fn default() -> Self {
        Self { late: ALLOWED_MINUTES, early: ALLOWED_MINUTES }
    }
}

impl Allowed {
    /// What the rule files say for a session that gives credits of these schemes: the strictest of them.
    pub fn of(schemes: impl IntoIterator<Item = Scheme>) -> Self {
        let rules = schemes.into_iter().filter_map(|scheme| scheme_rules(scheme).training.as_ref());
        rules
            .fold(None, |strictest: Option<Self>, rules| {
                let here = Self {
                    late: rules.late_minutes.unwrap_or(ALLOWED_MINUTES),
                    early: rules.early_minutes.unwrap_or(ALLOWED_MINUTES),
                };
                Some(strictest.map_or(here, |before| Self {
                    late: before.late.min(here.late),
                    early: before.early.min(here.early),
                }))
            })
            .unwrap_or_default()
    }

    /// For people: 「10分を超えて遅れるか、終わりの10分前より早く出ると」.
    pub fn words(self) -> String {
        format!("{}分を超えて遅れるか、終わりの{}分前より早く出ると", self.late, self.early)
    }
}

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

/// Presence at a session that runs from `starts_at` to `ends_at`, from the stays that [`spans`] made.
///
/// A stay that ended before the session or began after it says nothing about it. Whoever went out in between and came
/// back lost those minutes: longer than both allowances together gives no credit.
pub fn presence(
    stays: &[Span],
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    allowed: Allowed,
) -> Presence {
    let (late, early) = (TimeDelta::minutes(allowed.late), TimeDelta::minutes(allowed.early));
    let here: Vec<&Span> = stays.iter().filter(|stay| stay.touches(starts_at, ends_at)).collect();
    let (Some(first), Some(last)) = (here.first(), here.last()) else { return Presence::Absent };
    let away = here.windows(2).fold(TimeDelta::zero(), |sum, pair| sum + pair[0].until_next(pair[1]));
    match (first.from, last.until) {
        (None, _) => Presence::NoCheckIn,
        (Some(came), _) if came > starts_at + late => Presence::Late,
        // Somebody seen again after the session was there until then, checked out or not.
        (_, None) if last.seen < ends_at - early => Presence::NoCheckOut,
        (_, Some(left)) if left < ends_at - early => Presence::LeftEarly,
        _ if away > late + early => Presence::LeftEarly,
        _ => Presence::Present,
    }
}

#[cfg(test)]
mod tests;
