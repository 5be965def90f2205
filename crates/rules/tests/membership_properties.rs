//! The law of membership, for any sequence of procedures.

use mamis_rules::association::{MembershipCategory, Tier};
use mamis_rules::base::Day;
use mamis_rules::base::ids::AssociationId;
use mamis_rules::flow::membership::LeavingScope;
use mamis_rules::membership::{
    Period, Refusal, Write, admit, applied, change_category, check, check_day, held, highest, leave, restore,
    succeed, take_back_category, transfer,
};
use proptest::prelude::*;
use uuid::Uuid;

fn day(offset: i64) -> Day {
    Day::parse("2026-01-01").expect("a day").plus_days(offset)
}

fn id(town: u128, tier: Tier) -> AssociationId {
    AssociationId(Uuid::from_u128(town * 10 + u128::from(tier.level())))
}

/// Two towns of one prefecture and one of another; the third has districts.
fn chain(town: u8) -> Vec<(AssociationId, Tier)> {
    let prefecture = if town == 2 { 200 } else { 100 };
    let mut chain = vec![
        (id(u128::from(town), Tier::Municipal), Tier::Municipal),
        (id(prefecture, Tier::Prefectural), Tier::Prefectural),
        (id(0, Tier::National), Tier::National),
    ];
    if town == 1 {
        chain.insert(0, (id(u128::from(town), Tier::District), Tier::District));
    }
    chain
}

#[derive(Clone, Debug)]
enum Event {
    Join {
        town: u8,
        tier: Tier,
        on: i64,
    },
    Transfer {
        town: u8,
        on: i64,
    },
    Leave {
        scope: LeavingScope,
        on: i64,
    },
    Category {
        category: MembershipCategory,
        on: i64,
    },
    /// Takes back the leaving that was carried out so many leavings ago.
    Undo {
        which: usize,
    },
    /// The first town goes into the second.
    Merge {
        on: i64,
    },
    /// Takes back the change of category that was carried out so many changes ago, on a day.
    TakeBack {
        which: usize,
        today: i64,
    },
}

/// What earlier events have done, as indexes of periods.
#[derive(Default)]
struct Done {
    /// Ended by each leaving.
    left: Vec<Vec<usize>>,
    /// Ended and begun by each change of category.
    changed: Vec<(Vec<usize>, Vec<usize>)>,
    /// Taken back, or about to begin where nothing is any more: they have no day.
    void: Vec<usize>,
}

impl Done {
    fn note(&mut self, event: &Event, periods: &[Period], writes: &[Write]) {
        let closed = || -> Vec<usize> {
            let index = |write: &Write| match write {
                Write::Close { index, .. } => Some(*index),
                Write::Open(_) | Write::Reopen { .. } => None,
            };
            writes.iter().filter_map(index).collect()
        };
        let before = periods.len();
        match event {
            Event::Leave { .. } => self.left.push(closed()),
            Event::Category { .. } => {
                let begun = writes.iter().filter(|write| matches!(write, Write::Open(_))).count();
                self.changed.push((closed(), (before..before + begun).collect()));
            }
            Event::TakeBack { .. } => self.void.extend(closed()),
            Event::Merge { on } => {
                self.void.extend(closed().into_iter().filter(|index| periods[*index].from >= day(*on)));
            }
            Event::Join { .. } | Event::Transfer { .. } | Event::Undo { .. } => {}
        }
    }
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let on = 0_i64..400;
    let town = 0_u8..3;
    let tier = prop::sample::select(Tier::ALL.to_vec());
    let scope = prop::sample::select(LeavingScope::ALL.to_vec());
    let category = prop::sample::select(MembershipCategory::ALL.to_vec());
    let event = prop_oneof![
        4 => (town.clone(), tier, on.clone()).prop_map(|(town, tier, on)| Event::Join { town, tier, on }),
        2 => (town, on.clone()).prop_map(|(town, on)| Event::Transfer { town, on }),
        2 => (scope, on.clone()).prop_map(|(scope, on)| Event::Leave { scope, on }),
        2 => (category, on.clone()).prop_map(|(category, on)| Event::Category { category, on }),
        1 => on.clone().prop_map(|on| Event::Merge { on }),
        2 => (0_usize..3, on).prop_map(|(which, today)| Event::TakeBack { which, today }),
        2 => (0_usize..3).prop_map(|which| Event::Undo { which }),
    ];
    prop::collection::vec(event, 1..25)
}

/// The writes of an event and the day from which something may differ.
fn writes(periods: &[Period], event: &Event, done: &Done) -> (Result<Vec<Write>, Refusal>, Day) {
    match *event {
        Event::Join { town, tier, on } => {
            let chain = chain(town);
            let body = chain.iter().find(|(_, of)| *of == tier).or(chain.first()).expect("a body");
            (admit(periods, body.1, body.0, MembershipCategory::A2b, day(on)), day(on))
        }
        Event::Transfer { town, on } => (transfer(periods, &chain(town), day(on)), day(on)),
        // The last day of membership is the day itself.
        Event::Leave { scope, on } => (leave(periods, scope, day(on)), day(on).next()),
        Event::Category { category, on } => {
            let all: Vec<_> = Tier::ALL.iter().map(|tier| (*tier, category)).collect();
            (change_category(periods, &all, day(on)), day(on))
        }
        Event::Merge { on } => {
            let (from, to) = (id(0, Tier::Municipal), id(1, Tier::Municipal));
            (succeed(periods, from, to, day(on)), day(on))
        }
        Event::Undo { which } => {
            let Some(ended) = done.left.iter().rev().nth(which) else {
                return (Err(Refusal::NotMember), day(0));
            };
            let last = ended.iter().filter_map(|index| periods[*index].until).min();
            (restore(periods, ended), last.map_or(day(0), Day::next))
        }
        Event::TakeBack { which, today } => {
            let Some((ended, begun)) = done.changed.iter().rev().nth(which) else {
                return (Err(Refusal::NotMember), day(0));
            };
            let first = begun.iter().map(|index| periods[*index].from).min();
            (take_back_category(periods, ended, begun, day(today)), first.unwrap_or(day(0)))
        }
    }
}

/// Who belonged where on a day.
fn on(periods: &[Period], day: Day) -> Vec<(Tier, AssociationId, MembershipCategory)> {
    held(periods, day).into_iter().map(|period| (period.tier, period.association, period.category)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 400 } else { 2_000 }))]

    /// Nobody belongs to an upper tier without the ones below, periods never overlap, and what was
    /// before the event stays as it was.
    #[test]
    fn the_law_holds_for_any_sequence(events in events()) {
        let mut periods: Vec<Period> = Vec::new();
        let mut done = Done::default();
        for event in &events {
            let (found, from) = writes(&periods, event, &done);
            let Ok(found) = found else { continue };
            let after = applied(&periods, &found);
            done.note(event, &periods, &found);
            prop_assert_eq!(check(&after), Ok(()));
            for offset in -1..430 {
                let today = day(offset);
                if let Event::Merge { on: first } = event {
                    let tiers = |periods: &[Period]| {
                        on(periods, today).iter().map(|(tier, _, category)| (*tier, *category)).collect::<Vec<_>>()
                    };
                    prop_assert_eq!(tiers(&periods), tiers(&after), "somebody lost a day or a category");
                    let is_there = on(&after, today).iter().any(|(_, body, _)| *body == id(0, Tier::Municipal));
                    prop_assert!(!is_there || today < day(*first), "somebody belongs to what is gone");
                }
                let tiers: Vec<Tier> = on(&after, today).iter().map(|(tier, _, _)| *tier).collect();
                for tier in &tiers {
                    prop_assert_eq!(tiers.iter().filter(|other| *other == tier).count(), 1);
                    if let Some(below) = tier.below().filter(|below| *below != Tier::District) {
                        prop_assert!(tiers.contains(&below), "{:?} without {:?} on {:?}", tier, below, today);
                    }
                }
                if today < from {
                    prop_assert_eq!(on(&periods, today), on(&after, today), "{:?} changed {:?}", event, today);
                }
            }
            // A period is never changed but for its last day, and only one that was taken back has no day.
            for (index, (before, now)) in periods.iter().zip(&after).enumerate() {
                prop_assert_eq!(Period { until: None, ..*before }, Period { until: None, ..*now });
                prop_assert_eq!(now.is_void(), done.void.contains(&index));
                if let (Event::TakeBack { today, .. }, Some(until)) = (event, before.until) {
                    prop_assert!(until >= day(*today) || now.until == before.until, "a last day that has passed stays");
                }
            }
            periods = after;
        }
    }

    /// Whoever is a member on the day is a member at the same tiers through a transfer and after it.
    #[test]
    fn a_transfer_has_no_gap(from in 0_u8..3, to in 0_u8..3, tiers in 1_usize..4, when in 1_i64..300) {
        prop_assume!(from != 1 && from != to);
        let mut periods = Vec::new();
        for (body, tier) in chain(from).into_iter().take(tiers) {
            let found = admit(&periods, tier, body, MembershipCategory::B, day(0)).expect("joins");
            periods = applied(&periods, &found);
        }
        let found = transfer(&periods, &chain(to), day(when)).expect("moves");
        let after = applied(&periods, &found);
        let above_district = |day: Day| -> Vec<Tier> {
            on(&after, day).into_iter().map(|(tier, _, _)| tier).filter(|tier| *tier != Tier::District).collect()
        };
        for offset in 0..400 {
            prop_assert_eq!(above_district(day(offset)), above_district(day(0)));
        }
        let there = chain(to);
        for (tier, association, category) in on(&after, day(when)) {
            prop_assert!(there.contains(&(association, tier)));
            prop_assert_eq!(category, MembershipCategory::B);
        }
    }
}

fn member(tiers: usize) -> Vec<Period> {
    let mut periods = Vec::new();
    for (body, tier) in chain(0).into_iter().take(tiers) {
        let found = admit(&periods, tier, body, MembershipCategory::A1, day(0)).expect("joins");
        periods = applied(&periods, &found);
    }
    periods
}

#[test]
fn an_upper_tier_needs_the_one_below_on_its_day() {
    let town = chain(0);
    let (prefectural, tier) = town[1];
    let refused = admit(&[], tier, prefectural, MembershipCategory::A1, day(5)).expect_err("no municipal");
    assert_eq!(
        refused.to_string(),
        "都道府県医師会に入会するには、その日に郡市区等医師会の会員である必要があります。"
    );
    let municipal = member(1);
    assert!(
        admit(&municipal, tier, prefectural, MembershipCategory::A1, day(-1)).is_err(),
        "a day too early"
    );
    assert!(admit(&municipal, tier, prefectural, MembershipCategory::A1, day(0)).is_ok());
    assert!(admit(&member(2), tier, prefectural, MembershipCategory::A1, day(9)).is_err(), "twice");
}

#[test]
fn a_return_is_a_new_period_and_an_undo_leaves_the_ended_one_alone() {
    let periods = member(3);
    let left = leave(&periods, LeavingScope::Everything, day(30)).expect("leaves");
    let ended: Vec<usize> = vec![0, 1, 2];
    let gone = applied(&periods, &left);
    assert_eq!(highest(&gone, day(30)), Some(Tier::National), "the last day still counts");
    assert_eq!(highest(&gone, day(31)), None);
    let back = restore(&gone, &ended).expect("is taken back");
    let after = applied(&gone, &back);
    assert_eq!(after.len(), 6);
    assert_eq!(&after[..3], &gone[..], "the ended periods stay");
    assert_eq!(highest(&after, day(31)), Some(Tier::National));

    // Somebody who has joined elsewhere since is not moved back.
    let (elsewhere, tier) = chain(2)[0];
    let joined =
        applied(&gone, &admit(&gone, tier, elsewhere, MembershipCategory::B, day(40)).expect("joins"));
    assert_eq!(restore(&joined, &ended), Err(Refusal::MovedOn));
    // Nor is an upper tier restored over a municipal membership that ended.
    let upper = applied(&periods, &leave(&periods, LeavingScope::Upper, day(10)).expect("leaves"));
    let all = applied(&upper, &leave(&upper, LeavingScope::Everything, day(20)).expect("leaves"));
    assert_eq!(restore(&all, &[1, 2]), Err(Refusal::MovedOn));
}

#[test]
fn days_too_far_away_are_refused() {
    let today = day(0);
    assert!(check_day(day(-300), today).is_ok() && check_day(day(100), today).is_ok());
    assert!(matches!(check_day(day(-400), today), Err(Refusal::TooLongAgo { .. })));
    assert!(matches!(check_day(day(200), today), Err(Refusal::TooFarAhead { .. })));
}

#[test]
fn the_same_day_as_the_beginning_is_too_early() {
    let periods = member(3);
    assert_eq!(transfer(&periods, &chain(2), day(0)), Err(Refusal::TooEarly { first: day(1) }));
    assert_eq!(leave(&[], LeavingScope::Everything, day(0)), Err(Refusal::NotMember));
    assert_eq!(leave(&member(1), LeavingScope::National, day(9)), Err(Refusal::NotMember));
}

#[test]
fn a_category_taken_back_leaves_no_day_of_it_and_keeps_what_was_before() {
    let periods = member(3);
    let all: Vec<_> = Tier::ALL.iter().map(|tier| (*tier, MembershipCategory::B)).collect();
    let changed = applied(&periods, &change_category(&periods, &all, day(30)).expect("changes"));
    assert!(on(&changed, day(30)).iter().all(|(_, _, category)| *category == MembershipCategory::B));
    for (today, rows) in [(day(35), 9), (day(20), 6)] {
        let back = take_back_category(&changed, &[0, 1, 2], &[3, 4, 5], today).expect("is taken back");
        let after = applied(&changed, &back);
        assert_eq!((check(&after), after.len()), (Ok(()), rows), "a last day that has passed stays");
        for offset in 0..60 {
            assert_eq!(on(&after, day(offset)), on(&periods, day(offset)), "day {offset}");
        }
        assert!(after[3..6].iter().all(Period::is_void));
        // Void periods are in nobody's way.
        assert!(leave(&after, LeavingScope::Everything, day(36)).is_ok());
        let early = leave(&after, LeavingScope::Everything, day(25));
        assert_eq!(early.is_ok(), rows == 6, "{early:?}");
    }
    let moved = applied(&changed, &transfer(&changed, &chain(2), day(40)).expect("moves"));
    assert_eq!(take_back_category(&moved, &[0, 1, 2], &[3, 4, 5], day(41)), Err(Refusal::MovedOn));
}
