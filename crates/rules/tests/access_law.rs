//! "Who may see what" [seed]: the table of the MAMIS briefing, row by row.

mod access_world;

use access_world::{Near, World, actor, attendance_near, training_near};
use mamis_rules::access::{Duty, attendance, training};
use mamis_rules::flow::training_approval::State;

/// One row of the table that is law: the widest circle that the viewer sees.
const LAW: [(World, Near, Near, Near); 5] = [
    // viewer, attendees, training before national approval, training after national approval
    (World::Organizer, Near::Own, Near::Own, Near::Elsewhere),
    (World::District, Near::Own, Near::Own, Near::Elsewhere),
    (World::Municipal, Near::Own, Near::Own, Near::Elsewhere),
    (World::Prefectural, Near::Prefecture, Near::Prefecture, Near::Elsewhere),
    (World::National, Near::Elsewhere, Near::Elsewhere, Near::Elsewhere),
];

const BEFORE: [State; 5] =
    [State::Draft, State::PrefecturalReview, State::NationalReview, State::Returned, State::Rejected];

#[test]
fn attendees() {
    for (viewer, widest, ..) in LAW {
        for near in Near::ALL {
            let facts = attendance_near(viewer, near);
            for duty in [Duty::Training, Duty::Certification] {
                let seen = attendance::sees(&actor(viewer, duty), &facts);
                assert_eq!(seen, near <= widest, "{viewer:?} with {duty} and attendees of {near:?}");
            }
        }
    }
}

#[test]
fn attendees_within_the_prefecture_by_membership_or_workplace() {
    let prefectural = actor(World::Prefectural, Duty::Training);
    let municipal = actor(World::Municipal, Duty::Training);
    let away = attendance_near(World::Prefectural, Near::Elsewhere);
    let belongs = attendance::Facts { belongs_within: vec![access_world::here()], ..away.clone() };
    let works = attendance::Facts { works_within: vec![access_world::here()], ..away.clone() };
    for (facts, seen) in [(&away, false), (&belongs, true), (&works, true)] {
        assert_eq!(attendance::sees(&prefectural, facts), seen, "{facts:?}");
        assert!(!attendance::sees(&municipal, facts), "{facts:?}");
    }
}

#[test]
fn attendees_are_not_for_every_duty() {
    for duty in [Duty::Membership, Duty::Dues, Duty::Administration] {
        for viewer in World::ALL {
            let facts = attendance_near(viewer, Near::Own);
            assert!(!attendance::sees(&actor(viewer, duty), &facts), "{viewer:?} with {duty}");
        }
    }
}

#[test]
fn trainings_before_national_approval() {
    for (viewer, _, widest, _) in LAW {
        for near in Near::ALL {
            for state in BEFORE {
                for duty in Duty::ALL {
                    let facts = training_near(viewer, near, state);
                    let seen = training::sees(&actor(viewer, *duty), &facts);
                    assert_eq!(seen, near <= widest, "{viewer:?} and a {state} training of {near:?}");
                }
            }
        }
    }
}

#[test]
fn trainings_after_national_approval() {
    for (viewer, _, _, widest) in LAW {
        for near in Near::ALL {
            for state in State::AFTER_APPROVAL {
                let facts = training_near(viewer, near, *state);
                let seen = training::sees(&actor(viewer, Duty::Training), &facts);
                assert_eq!(seen, near <= widest, "{viewer:?} and a {state} training of {near:?}");
            }
        }
    }
}

#[test]
fn every_state_is_before_or_after_approval() {
    for state in State::ALL {
        assert_ne!(BEFORE.contains(state), State::AFTER_APPROVAL.contains(state), "{state}");
    }
}

#[test]
fn physicians_see_trainings_that_recruit_and_their_own() {
    let me = access_world::physician(1);
    let facts = |state, signed_up: &[_]| training::Facts {
        signed_up: signed_up.to_vec(),
        ..training_near(World::Municipal, Near::Elsewhere, state)
    };
    let mine = access_world::physician_id(1);
    let other = access_world::physician_id(2);
    for state in State::ALL {
        let recruits = *state == State::Approved;
        assert_eq!(training::sees(&me, &facts(*state, &[])), recruits, "{state}");
        assert_eq!(training::sees(&me, &facts(*state, &[other])), recruits, "{state}");
        assert!(training::sees(&me, &facts(*state, &[mine])), "{state}");
    }
    let own = attendance::Facts { physician: Some(mine), ..attendance_near(World::Municipal, Near::Own) };
    assert!(attendance::sees(&me, &own));
    assert!(!attendance::sees(&me, &attendance::Facts { physician: Some(other), ..own }));
}
