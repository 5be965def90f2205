//! How the tree may change, as a table.

use mamis_rules::association::change::{Awaits, Burden, Fate, Place, Refusal, check, opens, settled};
use mamis_rules::association::{Prefecture, Tier};
use mamis_rules::base::{AssociationId, Day};
use uuid::Uuid;

fn day(month: u32, day: u32) -> Day {
    Day::new(2027, month, day).expect("a day")
}

fn id(number: u128) -> AssociationId {
    AssociationId(Uuid::from_u128(number))
}

fn place(number: u128, tier: Tier, parent: u128, prefecture: u8) -> Place {
    Place {
        id: id(number),
        tier,
        parent: Some(id(parent)),
        prefecture: Prefecture::new(prefecture).ok(),
        opened: day(1, 1),
        closed: None,
        awaits: Awaits::Nothing,
    }
}

const PREFECTURE: u128 = 14;
const TOWN: u128 = 142_051;

/// What it is about, what happens to which association, where it leads, and the answer.
type Way = (&'static str, Fate, Place, Option<Place>, Result<(), Refusal>);

/// What it is about, what hangs on the association, and the answer for a move, a merger and a closing.
type Rest = (&'static str, Burden, [Result<(), Refusal>; 3]);

/// Table: what happens to which association, where it leads, and the answer.
#[test]
fn where_a_change_may_lead() {
    let town = place(TOWN, Tier::Municipal, PREFECTURE, 14);
    let other = place(142_069, Tier::Municipal, PREFECTURE, 14);
    let district = place(1, Tier::District, TOWN, 14);
    let sibling = place(2, Tier::District, TOWN, 14);
    let away = place(131_016, Tier::Municipal, 13, 13);
    let prefecture = place(PREFECTURE, Tier::Prefectural, 0, 14);
    let next = place(13, Tier::Prefectural, 0, 13);
    let on = day(4, 1);
    let with = |place: Place, awaits| Place { awaits, ..place };
    let table: &[Way] = &[
        ("into a neighbour", Fate::Merge, town, Some(other), Ok(())),
        ("into a sister district", Fate::Merge, district, Some(sibling), Ok(())),
        ("into itself", Fate::Merge, town, Some(town), Err(Refusal::NoHeir)),
        ("into another tier", Fate::Merge, district, Some(other), Err(Refusal::NoHeir)),
        ("into another prefecture", Fate::Merge, town, Some(away), Err(Refusal::NoHeir)),
        ("into nothing", Fate::Merge, town, None, Err(Refusal::TargetMissing)),
        ("a prefecture", Fate::Merge, prefecture, Some(next), Err(Refusal::Fixed)),
        ("a prefecture closes", Fate::Close, prefecture, None, Err(Refusal::Fixed)),
        ("under the next town", Fate::Move, district, Some(other), Ok(())),
        ("under its own town", Fate::Move, district, Some(town), Err(Refusal::NoParent)),
        ("a tier is left out", Fate::Move, district, Some(prefecture), Err(Refusal::NoParent)),
        ("out of the prefecture", Fate::Move, district, Some(away), Err(Refusal::OtherPrefecture)),
        ("a town to the next prefecture", Fate::Move, town, Some(next), Ok(())),
        ("closes", Fate::Close, town, None, Ok(())),
        ("is closed", Fate::Close, Place { closed: Some(day(1, 31)), ..town }, None, Err(Refusal::Closed)),
        (
            "opens on that day",
            Fate::Merge,
            Place { opened: on, ..town },
            Some(other),
            Err(Refusal::NotYetOpen),
        ),
        ("goes already", Fate::Close, with(town, Awaits::Change), None, Err(Refusal::Awaited)),
        ("others come to it", Fate::Merge, with(town, Awaits::Others), Some(other), Err(Refusal::Awaited)),
        ("two come to one", Fate::Merge, town, Some(with(other, Awaits::Others)), Ok(())),
        (
            "into one that goes",
            Fate::Merge,
            town,
            Some(with(other, Awaits::Change)),
            Err(Refusal::TargetUnsteady),
        ),
        (
            "into one that is closed",
            Fate::Merge,
            town,
            Some(Place { closed: Some(day(3, 31)), ..other }),
            Err(Refusal::TargetUnsteady),
        ),
        (
            "into one that opens the day after",
            Fate::Merge,
            town,
            Some(Place { opened: on.next(), ..other }),
            Err(Refusal::TargetUnsteady),
        ),
        ("into one that opens on the day", Fate::Merge, town, Some(Place { opened: on, ..other }), Ok(())),
    ];
    for (name, fate, own, to, expected) in table {
        assert_eq!(check(*fate, own, to.as_ref(), on), *expected, "{name}");
    }
}

#[test]
fn what_must_be_settled_first() {
    let free = Burden::default();
    let table: &[Rest] = &[
        ("nothing", free, [Ok(()), Ok(()), Ok(())]),
        ("districts", Burden { below: 2, ..free }, [Ok(()), Err(Refusal::Below(2)), Err(Refusal::Below(2))]),
        ("members", Burden { members: 9, ..free }, [Ok(()), Ok(()), Err(Refusal::Members(9))]),
        ("a day is decided", Burden { changing: 1, ..free }, [Err(Refusal::Changing(1)), Ok(()), Ok(())]),
        ("somebody joins", Burden { entering: 1, ..free }, [Err(Refusal::Entering(1)), Ok(()), Ok(())]),
        ("something waits", Burden { waiting: 3, ..free }, [Ok(()), Ok(()), Err(Refusal::Waiting(3))]),
        ("a training", Burden { trainings: 1, ..free }, [Ok(()), Ok(()), Err(Refusal::Trainings(1))]),
    ];
    for (name, burden, expected) in table {
        for (fate, expected) in [Fate::Move, Fate::Merge, Fate::Close].into_iter().zip(expected) {
            assert_eq!(settled(fate, burden), *expected, "{name}: {fate}");
        }
    }
}

#[test]
fn what_may_open_below_what() {
    let on = day(4, 1);
    let table = [
        (Tier::National, Err(Refusal::Prefectures)),
        (Tier::Prefectural, Ok(Tier::Municipal)),
        (Tier::Municipal, Ok(Tier::District)),
        (Tier::District, Err(Refusal::Lowest)),
    ];
    for (tier, expected) in table {
        assert_eq!(opens(&place(1, tier, 2, 14), on), expected, "{tier}");
    }
    let parent = place(1, Tier::Prefectural, 2, 14);
    for unsteady in [
        Place { opened: on.next(), ..parent },
        Place { closed: Some(on), ..parent },
        Place { awaits: Awaits::Change, ..parent },
    ] {
        assert_eq!(opens(&unsteady, on), Err(Refusal::ParentUnsteady));
    }
}
