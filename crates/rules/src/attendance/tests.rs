use super::*;
use proptest::prelude::*;

fn at(text: &str) -> DateTime<Utc> {
    let text = if text.len() == 5 { format!("{text}:00") } else { text.to_owned() };
    format!("2026-12-04T{text}+09:00").parse().expect("a moment")
}

fn passages(words: &[(&str, Way)]) -> Vec<Passage> {
    words.iter().map(|(time, way)| Passage { at: at(time), way: *way }).collect()
}

#[test]
fn times_decide_about_presence() {
    use Presence as P;
    for (came, left, expected) in [
        (Some("13:50"), Some("16:05"), P::Present),
        (Some("14:10"), Some("15:50"), P::Present),
        (Some("14:10:01"), Some("16:05"), P::Late),
        (Some("13:50"), Some("15:49:59"), P::LeftEarly),
        (Some("13:50"), None, P::NoCheckOut),
        (None, Some("16:05"), P::NoCheckIn),
        (None, None, P::Absent),
        (Some("16:00"), None, P::Absent),
        (Some("16:00"), Some("17:00"), P::Absent),
        (Some("12:00"), Some("14:00"), P::Absent),
        (None, Some("14:00"), P::Absent),
    ] {
        let stays: Vec<Span> = Span::set(came.map(at), left.map(at)).into_iter().collect();
        let found = presence(&stays, at("14:00"), at("16:00"), Allowed::default());
        assert_eq!(found, expected, "{came:?} {left:?}");
    }
}

/// Table: passages, and what they say about 14:00–15:30 and 15:40–17:10.
#[test]
fn each_session_has_its_own_answer() {
    use Presence as P;
    use Way::{In, Out};
    for (words, first, second) in [
        (&[("13:50", In), ("17:10", Out)][..], P::Present, P::Present),
        (&[("14:10:01", In), ("17:10", Out)], P::Late, P::Present),
        (&[("13:50", In), ("15:19:59", Out)], P::LeftEarly, P::Absent),
        (&[("13:50", In), ("15:20", Out)], P::Present, P::Absent),
        (&[("13:50", In), ("15:00", Out), ("15:45", In), ("17:10", Out)], P::LeftEarly, P::Present),
        (&[("13:50", In), ("15:30", Out), ("15:39", In), ("17:10", Out)], P::Present, P::Present),
        // Out for a telephone call, and for half an hour.
        (&[("13:50", In), ("14:20", Out), ("14:30", In), ("17:10", Out)], P::Present, P::Present),
        (&[("13:50", In), ("14:20", Out), ("14:50", In), ("17:10", Out)], P::LeftEarly, P::Present),
        // Nobody scanned the way out; the ticket was seen again in the break.
        (&[("13:50", In)], P::NoCheckOut, P::NoCheckOut),
        (&[("13:50", In), ("15:35", In)], P::Present, P::NoCheckOut),
        // Twice before the camera, twice at two tablets.
        (&[("13:50", In), ("13:51", In), ("17:00", Out), ("17:09", Out)], P::Present, P::Present),
        (&[("17:10", Out)], P::NoCheckIn, P::NoCheckIn),
        (&[("15:30", Out), ("15:35", In), ("17:10", Out)], P::NoCheckIn, P::Present),
        (&[("15:45", In), ("17:10", Out)], P::Absent, P::Present),
        (&[], P::Absent, P::Absent),
    ] {
        let stays = spans(&passages(words));
        let at_first = presence(&stays, at("14:00"), at("15:30"), Allowed::default());
        let at_second = presence(&stays, at("15:40"), at("17:10"), Allowed::default());
        assert_eq!((at_first, at_second), (first, second), "{words:?}");
    }
}

#[test]
fn the_minutes_are_the_strictest_of_the_schemes() {
    let strict = Allowed { late: 5, early: 0 };
    let stays = spans(&passages(&[("14:06", Way::In), ("16:00", Way::Out)]));
    assert_eq!(presence(&stays, at("14:00"), at("16:00"), strict), Presence::Late);
    assert_eq!(presence(&stays, at("14:00"), at("16:00"), Allowed::default()), Presence::Present);
    assert_eq!(Allowed::of([]), Allowed::default());
    assert_eq!(Allowed::of([Scheme::Cme, Scheme::OccupationalPhysician]), Allowed::default());
}

fn some_passages() -> impl Strategy<Value = Vec<Passage>> {
    let one = (0_i64..240, any::<bool>()).prop_map(|(minute, comes)| Passage {
        at: at("13:00") + TimeDelta::minutes(minute),
        way: if comes { Way::In } else { Way::Out },
    });
    proptest::collection::vec(one, 0..8)
}

proptest! {
    /// Tablets send when they can: order, repetition and the cut into batches say nothing.
    #[test]
    fn a_set_is_a_set(passages in some_passages(), keys in proptest::collection::vec(any::<u32>(), 8), again in 0_usize..8) {
        let mut mixed: Vec<(u32, Passage)> = keys.into_iter().zip(passages.iter().copied()).collect();
        mixed.sort_unstable_by_key(|(key, _)| *key);
        let mut other: Vec<Passage> = mixed.into_iter().map(|(_, passage)| passage).collect();
        if let Some(passage) = passages.get(again) {
            other.push(*passage);
        }
        prop_assert_eq!(spans(&passages), spans(&other));
    }

    /// Stays follow one another and only the last may be without an end.
    #[test]
    fn stays_follow_one_another(passages in some_passages()) {
        let stays = spans(&passages);
        for pair in stays.windows(2) {
            prop_assert!(pair[0].until.is_some());
            prop_assert!(pair[1].from.is_some());
            prop_assert!(pair[0].until <= pair[1].from);
        }
    }

    /// An office that sets the whole time makes everybody present.
    #[test]
    fn the_whole_time_is_present(late in 0_i64..30, early in 0_i64..30) {
        let stays: Vec<Span> = Span::set(Some(at("14:00")), Some(at("16:00"))).into_iter().collect();
        let found = presence(&stays, at("14:00"), at("16:00"), Allowed { late, early });
        prop_assert_eq!(found, Presence::Present);
    }
}
