//! Passages through the door, and the stays they make. The passages of several tablets, some of them without a line
//! for hours, are one set: neither the order in which they arrive nor a repetition changes anything.

use chrono::{DateTime, TimeDelta, Utc};

use crate::named::named;

named! {
    /// Which way somebody went through the door.
    Way {
        In = "in", "入室";
        Out = "out", "退室";
    }
}

/// Somebody at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Passage {
    /// When, by our clock.
    pub at: DateTime<Utc>,
    /// In which direction; of two at the same instant the way in was first.
    pub way: Way,
}

/// A stay in the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Check-in; none when only the check-out was recorded.
    pub from: Option<DateTime<Utc>>,
    /// Check-out; none when it was not recorded.
    pub until: Option<DateTime<Utc>>,
    /// The last passage of the stay: until then somebody was certainly there.
    pub seen: DateTime<Utc>,
}

impl Span {
    /// A stay as an office sets it.
    pub fn set(from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> Option<Self> {
        let seen = until.or(from)?;
        Some(Self { from, until, seen })
    }

    pub(super) fn touches(&self, starts_at: DateTime<Utc>, ends_at: DateTime<Utc>) -> bool {
        self.from.is_none_or(|came| came < ends_at) && self.until.is_none_or(|left| left > starts_at)
    }

    /// How long somebody was out before the next stay; nothing where a passage is missing.
    pub(super) fn until_next(&self, next: &Self) -> TimeDelta {
        match (self.until, next.from) {
            (Some(left), Some(came)) => came - left,
            _ => TimeDelta::zero(),
        }
    }
}

/// The stays of one person, in their order. A repeated check-in is the first of them, a repeated check-out the last:
/// people hold a ticket before the camera twice, and two tablets see the same person.
pub fn spans(passages: &[Passage]) -> Vec<Span> {
    let mut sorted = passages.to_vec();
    sorted.sort_unstable();
    let mut stays: Vec<Span> = Vec::new();
    for passage in sorted {
        match (passage.way, stays.last_mut()) {
            (Way::In, Some(stay)) if stay.until.is_none() => stay.seen = passage.at,
            (Way::In, _) => {
                stays.push(Span { from: Some(passage.at), until: None, seen: passage.at });
            }
            (Way::Out, Some(stay)) => (stay.until, stay.seen) = (Some(passage.at), passage.at),
            (Way::Out, None) => {
                stays.push(Span { from: None, until: Some(passage.at), seen: passage.at });
            }
        }
    }
    stays
}
