//! Registrations, cards and terms: who sees and does what, and where a registration goes.

mod access_world;

use access_world::{World, actor, association_id, physician};
use mamis_rules::access::{Actor, Duty, Scope, provisional_credential, registration, terms};
use mamis_rules::association::Tier;
use mamis_rules::flow::registration::{Command, Found, State, WORKFLOW, commands, desk, step};
use mamis_rules::flow::{Desk, Who, check};

const OFFICE: Who = Who::Office(Tier::Prefectural);

#[test]
fn the_prefecture_of_the_workplace_compares_the_licence() {
    let facts = registration::Facts { desk: Some(World::Prefectural.id()) };
    let elsewhere = registration::Facts { desk: Some(association_id(99)) };
    let unopened = registration::Facts { desk: None };
    for (name, actor, own, other, none) in [
        ("prefecture", actor(World::Prefectural, Duty::Membership), true, false, false),
        ("national", actor(World::National, Duty::Membership), true, true, true),
        ("another duty", actor(World::Prefectural, Duty::Training), false, false, false),
        ("municipal", actor(World::Municipal, Duty::Membership), false, false, false),
        ("physician", physician(1), false, false, false),
        ("guest", Actor::Guest, false, false, false),
    ] {
        let scope = registration::visible_to(&actor);
        for (facts, sees) in [(facts, own), (elsewhere, other), (unopened, none)] {
            assert_eq!(scope.admits(|fact| facts.has(fact)), sees, "{name}");
            assert_eq!(registration::may_check(&actor, &facts).is_ok(), sees, "{name}");
        }
        assert!(registration::may_register(&actor).is_ok());
    }
}

#[test]
fn cards_are_the_sending_offices_alone() {
    let facts = provisional_credential::Facts { sent_by: World::Municipal.id() };
    for (name, actor, may) in [
        ("own", actor(World::Municipal, Duty::Membership), true),
        ("another duty", actor(World::Municipal, Duty::Administration), false),
        ("above", actor(World::Prefectural, Duty::Membership), false),
        ("national", actor(World::National, Duty::Membership), false),
        ("physician", physician(1), false),
    ] {
        let scope = provisional_credential::visible_to(&actor);
        assert_eq!(scope.admits(|fact| facts.has(fact)), may, "{name}");
        assert_eq!(provisional_credential::may_send(&actor, &facts).is_ok(), may, "{name}");
    }
    assert_eq!(provisional_credential::visible_to(&Actor::System), Scope::All);
}

#[test]
fn the_national_administration_publishes_terms() {
    assert!(terms::may_publish(&actor(World::National, Duty::Administration)).is_ok());
    assert!(terms::may_publish(&actor(World::Prefectural, Duty::Administration)).is_err());
    assert!(terms::may_publish(&actor(World::National, Duty::Membership)).is_err());
}

#[test]
fn the_table_is_sound() {
    assert_eq!(check::unreachable(&WORKFLOW), []);
    assert_eq!(check::dead_ends(&WORKFLOW), []);
    assert_eq!(check::left_finals(&WORKFLOW), []);
}

#[test]
fn a_registration_goes_where_the_person_is() {
    let to = |from, command, who, found| step(from, command, who, found).map(|row| row.to).ok();
    assert_eq!(to(State::Draft, Command::Send, Who::Applicant, Found::Nobody), Some(State::Started));
    for (found, state) in
        [(Found::Nobody, Some(State::Checking)), (Found::Person, Some(State::Claimed)), (Found::Other, None)]
    {
        assert_eq!(to(State::Started, Command::Open, Who::Applicant, found), state);
    }
    assert_eq!(to(State::Checking, Command::Open, Who::Applicant, Found::Nobody), None, "a link works once");
    assert_eq!(to(State::Checking, Command::Confirm, OFFICE, Found::Other), Some(State::Confirmed));
    assert_eq!(to(State::Refused, Command::Confirm, OFFICE, Found::Other), Some(State::Confirmed));
    assert_eq!(to(State::Confirmed, Command::Refuse, OFFICE, Found::Other), None);
    assert_eq!(commands(State::Checking, OFFICE), [Command::Confirm, Command::Refuse]);
    assert_eq!(commands(State::Refused, OFFICE), [Command::Confirm]);
    assert_eq!(desk(State::Checking), Desk::Tier(Tier::Prefectural));
}
