//! The four procedures of membership, in the words of the rules. The decision table of leaving was
//! written first.

use mamis_rules::access::application::Kind;
use mamis_rules::association::Tier;
use mamis_rules::base::ids::AssociationId;
use mamis_rules::flow::membership::{
    Above, Cause, Circumstances, Command, First, LeavingScope, Procedure, Report, Standing, State, Undo,
    commands, desk, step, workflow,
};
use mamis_rules::flow::route::{self, Act, Side};
use mamis_rules::flow::{Desk, Effect, Who, change_report, check, joining, leaving, transfer};
use uuid::Uuid;

const APPLICANT: Who = Who::Applicant;
const DISTRICT: Who = Who::Office(Tier::District);
const MUNICIPAL: Who = Who::Office(Tier::Municipal);
const PREFECTURAL: Who = Who::Office(Tier::Prefectural);
const NATIONAL: Who = Who::Office(Tier::National);
const PARTIES: [Who; 7] = [APPLICANT, Who::Former, DISTRICT, MUNICIPAL, PREFECTURAL, NATIONAL, Who::Host];

const ALL: [&Procedure; 4] =
    [&joining::WORKFLOW, &transfer::WORKFLOW, &leaving::WORKFLOW, &change_report::WORKFLOW];

const PLAIN: Circumstances = Circumstances {
    first: First::Municipal,
    above: Above::Continues,
    standing: Standing::NotYetIn,
    leaving: None,
    report: Report::Plain,
    cause: Cause::Own,
    undo: Undo::Open,
};

fn every_circumstance() -> Vec<Circumstances> {
    let mut all = Vec::new();
    for first in [First::District, First::Municipal] {
        for above in [Above::Continues, Above::Ends] {
            for standing in [Standing::AlreadyIn, Standing::NotYetIn] {
                for report in [Report::Plain, Report::Category] {
                    for cause in [Cause::Own, Cause::Death, Cause::Bulk] {
                        for undo in [Undo::Open, Undo::Over] {
                            for scope in LeavingScope::ALL {
                                let leaving = Some(*scope);
                                all.push(Circumstances {
                                    first,
                                    above,
                                    standing,
                                    leaving,
                                    report,
                                    cause,
                                    undo,
                                });
                            }
                        }
                    }
                }
            }
        }
    }
    all
}

fn leaves(scope: LeavingScope, above: Above) -> Circumstances {
    Circumstances { leaving: Some(scope), above, ..PLAIN }
}

fn to(workflow: &Procedure, from: State, command: Command, who: Who, with: Circumstances) -> State {
    step(workflow, from, command, who, with).unwrap_or_else(|no| panic!("{from} {command}: {no}")).to
}

#[test]
fn the_leaving_table_is_the_law() {
    use Command::{Approve, Confirm, PassOn, Receive};
    use LeavingScope::{Everything, National, Upper};
    use State::{Approved, MunicipalReview, NationalReview, PrefecturalReview};
    // chosen, who acts, what it is called, where it goes; `Ends`: a member of the municipal tier only
    for (scope, above, from, who, command, then) in [
        (Everything, Above::Continues, MunicipalReview, MUNICIPAL, Approve, PrefecturalReview),
        (Everything, Above::Ends, PrefecturalReview, PREFECTURAL, Confirm, Approved),
        (Everything, Above::Ends, MunicipalReview, MUNICIPAL, Approve, Approved),
        (Upper, Above::Continues, MunicipalReview, MUNICIPAL, Receive, PrefecturalReview),
        (Upper, Above::Ends, PrefecturalReview, PREFECTURAL, Approve, Approved),
        (National, Above::Continues, MunicipalReview, MUNICIPAL, Receive, PrefecturalReview),
        (National, Above::Continues, PrefecturalReview, PREFECTURAL, PassOn, NationalReview),
        (National, Above::Ends, NationalReview, NATIONAL, Approve, Approved),
    ] {
        let with = leaves(scope, above);
        let row = step(&leaving::WORKFLOW, from, command, who, with).expect("the table");
        assert_eq!(row.to, then, "{scope} at {from}");
        assert_eq!(row.effects.contains(&Effect::EndMemberships), then == Approved);
        // Nothing else goes on from here but return and rejection.
        for other in Command::ALL.iter().filter(|other| **other != command) {
            let may = step(&leaving::WORKFLOW, from, *other, who, with).is_ok();
            assert_eq!(may, matches!(other, Command::Return | Command::Reject), "{scope} {from} {other}");
        }
    }
    for (scope, who) in [(Everything, MUNICIPAL), (Upper, PREFECTURAL), (National, NATIONAL)] {
        for other in PARTIES {
            let open = step(&leaving::WORKFLOW, Approved, Command::Undo, other, leaves(scope, Above::Ends));
            assert_eq!(open.is_ok(), other == who, "{scope} is taken back by {who:?}, not {other:?}");
            let late = Circumstances { undo: Undo::Over, ..leaves(scope, Above::Ends) };
            assert!(step(&leaving::WORKFLOW, Approved, Command::Undo, other, late).is_err());
        }
    }
    assert!(Everything.ends(Tier::District) && Everything.ends(Tier::National));
    assert!(Upper.ends(Tier::Prefectural) && Upper.ends(Tier::National) && !Upper.ends(Tier::Municipal));
    assert!(National.ends(Tier::National) && !National.ends(Tier::Prefectural));
}

#[test]
fn joining_goes_through_every_tier_up_to_the_one_wanted() {
    let workflow = &joining::WORKFLOW;
    let from_district = Circumstances { first: First::District, ..PLAIN };
    let mut state = to(workflow, State::Draft, Command::Submit, APPLICANT, from_district);
    for (who, above, next) in [
        (DISTRICT, Above::Continues, State::MunicipalReview),
        (MUNICIPAL, Above::Continues, State::PrefecturalReview),
        (PREFECTURAL, Above::Continues, State::NationalReview),
        (NATIONAL, Above::Ends, State::Approved),
    ] {
        let with = Circumstances { above, ..from_district };
        let row = step(workflow, state, Command::Approve, who, with).expect("approves");
        assert!(row.effects.contains(&Effect::Admit), "each tier admits to itself");
        assert_eq!(row.effects.contains(&Effect::GiveMemberId), who == NATIONAL);
        assert_eq!(row.effects.contains(&Effect::IssueJoiningNotice), row.to == State::Approved);
        // The same step ends the procedure where nothing above is wanted.
        let ends = Circumstances { above: Above::Ends, ..with };
        assert_eq!(to(workflow, state, Command::Approve, who, ends), State::Approved);
        assert_eq!(row.to, next);
        state = row.to;
    }
    let known = Circumstances { standing: Standing::AlreadyIn, ..PLAIN };
    let row = step(workflow, State::MunicipalReview, Command::Receive, MUNICIPAL, known).expect("receives");
    assert!(!row.effects.contains(&Effect::Admit), "a member is not admitted twice");
    assert!(step(workflow, State::MunicipalReview, Command::Approve, MUNICIPAL, known).is_err());
}

#[test]
fn a_transfer_moves_everything_with_the_last_decision() {
    let workflow = &transfer::WORKFLOW;
    assert_eq!(to(workflow, State::Draft, Command::Submit, APPLICANT, PLAIN), State::FormerReview);
    assert_eq!(
        to(workflow, State::FormerReview, Command::Confirm, Who::Former, PLAIN),
        State::MunicipalReview
    );
    assert!(step(workflow, State::FormerReview, Command::Confirm, MUNICIPAL, PLAIN).is_err());
    for row in workflow.rows() {
        let moves = row.effects.contains(&Effect::MoveMemberships);
        assert_eq!(moves, row.to == State::Approved, "{:?} {:?}", row.from, row.command);
    }
}

#[test]
fn a_plain_report_is_received_and_a_category_is_approved_by_all() {
    let workflow = &change_report::WORKFLOW;
    let row = step(workflow, State::MunicipalReview, Command::Receive, MUNICIPAL, PLAIN).expect("receives");
    assert_eq!(row.to, State::Approved);
    let category = Circumstances { report: Report::Category, ..PLAIN };
    assert!(step(workflow, State::MunicipalReview, Command::Receive, MUNICIPAL, category).is_err());
    assert_eq!(
        to(workflow, State::MunicipalReview, Command::Approve, MUNICIPAL, category),
        State::PrefecturalReview
    );
    assert_eq!(
        to(workflow, State::PrefecturalReview, Command::Approve, PREFECTURAL, category),
        State::NationalReview
    );
}

#[test]
fn death_is_recorded_by_the_office_and_confirmed_above() {
    let workflow = &leaving::WORKFLOW;
    let with = Circumstances { cause: Cause::Death, ..leaves(LeavingScope::Everything, Above::Continues) };
    assert!(step(workflow, State::Draft, Command::Submit, APPLICANT, with).is_err());
    let row = step(workflow, State::Draft, Command::Record, MUNICIPAL, with).expect("records");
    assert_eq!(row.to, State::PrefecturalReview);
    assert!(row.effects.contains(&Effect::CloseAccess) && !row.effects.contains(&Effect::NotifyApplicant));
    // A mistake is rejected by the prefecture, or taken back: the person can log in again.
    let rejected = step(workflow, row.to, Command::Reject, PREFECTURAL, with).expect("rejects");
    assert!(rejected.effects.contains(&Effect::OpenAccess));
    assert!(step(workflow, row.to, Command::Return, PREFECTURAL, with).is_err(), "there is no applicant");
    assert!(step(workflow, row.to, Command::Withdraw, APPLICANT, with).is_err());
    let undone = step(workflow, State::Approved, Command::Undo, MUNICIPAL, with).expect("takes back");
    assert!(undone.effects.contains(&Effect::OpenAccess));
}

#[test]
fn the_four_tables_are_sound() {
    for workflow in ALL {
        assert_eq!(check::unreachable(workflow), [], "{}", workflow.name);
        assert_eq!(check::dead_ends(workflow), [], "{}", workflow.name);
        assert_eq!(check::left_finals(workflow), [], "{}", workflow.name);
        for row in workflow.rows() {
            let states = row.from.iter().chain([&row.to]);
            assert!(
                states.into_iter().all(|state| workflow.states().any(|known| known == *state)),
                "{}",
                workflow.name
            );
        }
        for with in every_circumstance() {
            for state in workflow.states() {
                for command in Command::ALL {
                    for who in PARTIES {
                        let rows =
                            check::applicable(workflow, state, *command, who, |guard| with.holds(guard));
                        assert!(rows <= 1, "{} {state} {command} {who:?}: {rows} rows", workflow.name);
                    }
                }
            }
        }
    }
}

fn party(state: State) -> Option<Who> {
    match desk(state) {
        Desk::Applicant => Some(APPLICANT),
        Desk::Former => Some(Who::Former),
        Desk::Tier(tier) => Some(Who::Office(tier)),
        Desk::Host | Desk::Nobody => None,
    }
}

#[test]
fn nobody_waits_for_ever() {
    for workflow in ALL {
        for state in workflow.states() {
            let Some(who) = party(state) else { continue };
            for with in every_circumstance() {
                // What an office records itself never lies in the first states or with the applicant.
                let recorded = with.cause == Cause::Death;
                if recorded && (workflow.name != "leaving" || !matches!(state, State::PrefecturalReview)) {
                    continue;
                }
                let may = commands(workflow, state, who, with);
                assert!(!may.is_empty(), "{} {state} {with:?}", workflow.name);
                if let Who::Office(_) | Who::Former = who {
                    assert!(may.contains(&Command::Reject), "{} {state}", workflow.name);
                    assert!(recorded || may.contains(&Command::Return), "{} {state}", workflow.name);
                }
                for other in PARTIES.into_iter().filter(|one| *one != who) {
                    for command in commands(workflow, state, other, with) {
                        let entered = with.cause == Cause::Bulk && state != State::MunicipalReview;
                        let may = matches!(command, Command::Withdraw | Command::Record)
                            || entered && matches!(command, Command::Enter | Command::Undo);
                        assert!(may, "{}: {other:?} may {command} while {state}", workflow.name);
                    }
                }
            }
        }
    }
}

#[test]
fn withdraw_until_the_last_decision() {
    for workflow in ALL {
        for state in workflow.states() {
            let may = step(workflow, state, Command::Withdraw, APPLICANT, PLAIN).is_ok();
            assert_eq!(may, desk(state) != Desk::Nobody, "{} {state}", workflow.name);
        }
    }
}

#[test]
fn a_returned_item_goes_back_to_whoever_returned_it() {
    for workflow in ALL {
        for row in workflow.rows().filter(|row| row.command == Command::Return) {
            let back = to(workflow, row.to, Command::Resubmit, APPLICANT, PLAIN);
            assert_eq!([back].as_slice(), row.from, "{}", workflow.name);
        }
    }
}

#[test]
fn the_kinds_of_membership_have_a_workflow() {
    for kind in Kind::ALL {
        let name = workflow(*kind).map(|workflow| workflow.name);
        let of_membership = Kind::of(mamis_rules::access::Duty::Membership).contains(kind);
        assert_eq!(name, of_membership.then(|| kind.name()));
    }
}

fn body(number: u128, tier: Tier) -> route::Body {
    (AssociationId(Uuid::from_u128(number)), tier)
}

fn acts(route: &route::Route) -> Vec<(Tier, Side, Act)> {
    route.0.iter().map(|step| (step.tier, step.side, step.acts[0])).collect()
}

#[test]
fn routes() {
    use Tier::{District, Municipal, National, Prefectural};
    let chain = [body(4, District), body(3, Municipal), body(2, Prefectural), body(1, National)];
    let joining = route::admission(None, &chain, Prefectural);
    assert_eq!(
        acts(&joining),
        [District, Municipal, Prefectural].map(|tier| (tier, Side::Current, Act::Approve))
    );
    let former = body(9, Municipal);
    let moving = route::admission(Some(former), &chain[1..], Municipal);
    assert_eq!(
        acts(&moving),
        [(Municipal, Side::Former, Act::Confirm), (Municipal, Side::Current, Act::Approve)]
    );
    assert_eq!(moving.on_desk(Desk::Former).map(|step| step.association), Some(former.0));
    assert_eq!(moving.on_desk(Desk::Tier(Municipal)).map(|step| step.association), Some(chain[1].0));

    for (scope, held, expected) in [
        (LeavingScope::Everything, &chain[..], vec![Act::Inform, Act::Approve, Act::Confirm, Act::Inform]),
        (LeavingScope::Everything, &chain[..1], vec![Act::Approve]),
        (LeavingScope::Everything, &chain[1..2], vec![Act::Approve]),
        (LeavingScope::Upper, &chain[1..], vec![Act::Receive, Act::Approve, Act::Inform]),
        (LeavingScope::National, &chain[1..], vec![Act::Receive, Act::PassOn, Act::Approve]),
    ] {
        let found: Vec<Act> = route::leaving(scope, held).0.iter().map(|step| step.acts[0]).collect();
        assert_eq!(found, expected, "{scope}");
    }
    for (report, expected) in [
        (Report::Plain, [Act::Inform, Act::Receive, Act::Inform, Act::Inform]),
        (Report::Category, [Act::Inform, Act::Approve, Act::Approve, Act::Approve]),
    ] {
        let found: Vec<Act> =
            route::change_report(report, &chain).0.iter().map(|step| step.acts[0]).collect();
        assert_eq!(found, expected, "{report}");
    }
}
