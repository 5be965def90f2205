//! From application to certificate, in the words of the rules.

use mamis_rules::association::Tier;
use mamis_rules::base::ids::AssociationId;
use mamis_rules::flow::certification::{
    Circumstances, Command, Fee, Standing, State, UpperTier, WORKFLOW, commands, desk, examination_at, step,
};
use mamis_rules::flow::route::{self, Act, Home};
use mamis_rules::flow::training_approval::{ApprovalPath, HostTier};
use mamis_rules::flow::{Desk, Effect, Who, check, print};
use uuid::Uuid;

const APPLICANT: Who = Who::Applicant;
const MUNICIPAL: Who = Who::Office(Tier::Municipal);
const PREFECTURAL: Who = Who::Office(Tier::Prefectural);
const NATIONAL: Who = Who::Office(Tier::National);

const MEMBER: Circumstances =
    Circumstances { standing: Standing::Member, fee: Fee::Settled, upper: UpperTier::Untouched };
const NON_MEMBER: Circumstances = Circumstances { standing: Standing::NonMember, ..MEMBER };

fn circumstances() -> Vec<Circumstances> {
    let mut all = Vec::new();
    for standing in [Standing::Member, Standing::NonMember] {
        for fee in [Fee::Settled, Fee::Open] {
            for upper in [UpperTier::Untouched, UpperTier::Acted] {
                all.push(Circumstances { standing, fee, upper });
            }
        }
    }
    all
}

fn walk(circumstances: Circumstances, acts: &[(Command, Who)]) -> Vec<State> {
    let mut states = vec![State::Draft];
    for (command, who) in acts {
        let from = states[states.len() - 1];
        let row = step(from, *command, *who, circumstances)
            .unwrap_or_else(|refusal| panic!("{from} {command}: {refusal}"));
        states.push(row.to);
    }
    states
}

#[test]
fn the_way_of_a_member() {
    use Command::{ApproveBatch, ExamineOk, RecordBoard, RecordCommittee, Submit, SubmitBatch};
    let states = walk(
        MEMBER,
        &[
            (Submit, APPLICANT),
            (ExamineOk, MUNICIPAL),
            (RecordBoard, MUNICIPAL),
            (SubmitBatch, MUNICIPAL),
            (ExamineOk, PREFECTURAL),
            (RecordBoard, PREFECTURAL),
            (SubmitBatch, PREFECTURAL),
            (ExamineOk, NATIONAL),
            (RecordCommittee, NATIONAL),
            (RecordBoard, NATIONAL),
            (ApproveBatch, NATIONAL),
        ],
    );
    let mut way = vec![State::Draft];
    way.extend(State::UNDER_WAY);
    way.push(State::Approved);
    assert_eq!(states, way);
}

#[test]
fn a_non_member_begins_at_the_prefecture() {
    assert_eq!(
        walk(NON_MEMBER, &[(Command::Submit, APPLICANT)]),
        [State::Draft, State::PrefecturalExamination]
    );
}

#[test]
fn a_returned_item_goes_back_to_the_tier_that_returned_it() {
    for (tier, from, returned) in [
        (MUNICIPAL, State::MunicipalExamination, State::ReturnedByMunicipal),
        (PREFECTURAL, State::PrefecturalExamination, State::ReturnedByPrefectural),
        (NATIONAL, State::NationalExamination, State::ReturnedByNational),
    ] {
        let row = step(from, Command::Return, tier, MEMBER).expect("may return");
        assert_eq!(row.to, returned);
        assert!(row.effects.contains(&Effect::LeaveBatch) && row.effects.contains(&Effect::NotifyApplicant));
        assert_eq!(desk(returned), Desk::Applicant);
        assert_eq!(step(returned, Command::Resubmit, APPLICANT, MEMBER).expect("may resubmit").to, from);
    }
}

#[test]
fn a_board_that_does_not_approve_sends_the_item_back_to_examination() {
    for (tier, boards) in [
        (Tier::Municipal, [State::MunicipalBoard, State::MunicipalDecided].as_slice()),
        (Tier::Prefectural, &[State::PrefecturalBoard, State::PrefecturalDecided]),
        (Tier::National, &[State::NationalCommittee, State::NationalBoard, State::NationalDecided]),
    ] {
        for from in boards {
            let row = step(*from, Command::Defer, Who::Office(tier), MEMBER).expect("may defer");
            assert_eq!(Some(row.to), examination_at(tier));
        }
    }
}

#[test]
fn a_wrongly_sent_item_comes_back_until_the_upper_tier_acts() {
    let acted = Circumstances { upper: UpperTier::Acted, ..MEMBER };
    for (from, office, to) in [
        (State::PrefecturalExamination, MUNICIPAL, State::MunicipalDecided),
        (State::NationalExamination, PREFECTURAL, State::PrefecturalDecided),
    ] {
        assert_eq!(step(from, Command::Recall, office, MEMBER).expect("may recall").to, to);
        assert!(step(from, Command::Recall, office, acted).is_err());
        assert!(step(from, Command::Recall, NATIONAL, MEMBER).is_err());
    }
    // Nobody submitted a non-member's application to the prefecture but the non-member.
    assert!(step(State::PrefecturalExamination, Command::Recall, MUNICIPAL, NON_MEMBER).is_err());
}

#[test]
fn an_open_fee_holds_the_batch_back_only_where_the_association_says_so() {
    let open = Circumstances { fee: Fee::Open, ..MEMBER };
    for (from, office) in [(State::MunicipalDecided, MUNICIPAL), (State::PrefecturalDecided, PREFECTURAL)] {
        assert_eq!(
            step(from, Command::SubmitBatch, office, open).expect_err("held back").to_string(),
            "「一括申請」には次の条件が必要です：審査登録料を受領済み（医師会が必要とする場合）。"
        );
        assert!(step(from, Command::SubmitBatch, office, MEMBER).is_ok());
    }
}

#[test]
fn approval_issues_certificate_and_letter() {
    let row = step(State::NationalDecided, Command::ApproveBatch, NATIONAL, MEMBER).expect("may approve");
    for effect in
        [Effect::IssueCertificate, Effect::IssueNoticeLetter, Effect::NotifyApplicant, Effect::NotifyRoute]
    {
        assert!(row.effects.contains(&effect), "{effect}");
    }
}

#[test]
fn the_applicant_may_withdraw_until_the_last_decision() {
    for state in State::ALL {
        let may = step(*state, Command::Withdraw, APPLICANT, MEMBER).is_ok();
        let decided = [State::NationalDecided, State::Approved, State::Rejected, State::Withdrawn];
        assert_eq!(may, !decided.contains(state), "{state}");
    }
}

#[test]
fn the_table_is_sound() {
    assert_eq!(check::unreachable(&WORKFLOW), []);
    assert_eq!(check::dead_ends(&WORKFLOW), []);
    assert_eq!(check::left_finals(&WORKFLOW), []);
    for circumstances in circumstances() {
        for state in State::ALL {
            for command in Command::ALL {
                for who in [APPLICANT, MUNICIPAL, PREFECTURAL, NATIONAL, Who::Host] {
                    let rows = check::applicable(&WORKFLOW, *state, *command, who, |guard| {
                        circumstances.holds(guard)
                    });
                    assert!(rows <= 1, "{state} {command} {who:?}: {rows} rows");
                }
            }
        }
    }
}

#[test]
fn whoever_has_the_desk_has_a_command_and_every_office_can_return() {
    for state in State::ALL {
        let who = match desk(*state) {
            Desk::Applicant => APPLICANT,
            Desk::Tier(tier) => Who::Office(tier),
            Desk::Host | Desk::Former | Desk::Nobody => continue,
        };
        for circumstances in circumstances() {
            assert!(!commands(*state, who, circumstances).is_empty(), "{state}");
        }
        if let Who::Office(_) = who {
            assert!(commands(*state, who, MEMBER).contains(&Command::Return), "{state}");
        }
        let others = [APPLICANT, MUNICIPAL, PREFECTURAL, NATIONAL].into_iter().filter(|one| *one != who);
        for other in others {
            for command in commands(*state, other, MEMBER) {
                let taken_back = matches!(command, Command::Withdraw | Command::Recall);
                assert!(taken_back, "{other:?} may {command} while {state}");
            }
        }
    }
}

fn association(number: u128) -> AssociationId {
    AssociationId(Uuid::from_u128(number))
}

#[test]
fn routes() {
    let (national, prefectural, municipal, district) =
        (association(1), association(2), association(3), association(4));
    let member = Home::Member { district: None, municipal, prefectural };
    let of_district = Home::Member { district: Some(district), municipal, prefectural };
    let non_member = Home::NonMember { prefectural: Some(prefectural) };
    for (home, associations, first) in [
        (member, vec![municipal, prefectural, national], municipal),
        (of_district, vec![district, municipal, prefectural, national], municipal),
        (non_member, vec![prefectural, national], prefectural),
    ] {
        let route = route::certification(home, national).expect("a route");
        assert_eq!(route.associations().collect::<Vec<_>>(), associations);
        assert_eq!(route.first().map(|step| step.association), Some(first));
        assert_eq!(route.first().map(|step| step.acts[0]), Some(Act::Receive));
        assert_eq!(route.of(national).and_then(|step| step.acts.last()), Some(&Act::Approve));
        assert_eq!(route.after(first).map(|step| step.association), {
            let rest = associations.iter().skip_while(|one| **one != first).nth(1);
            rest.copied()
        });
        // The first desk after submission is the first step of the route.
        let circumstances = Circumstances { standing: home.standing(), ..MEMBER };
        let submitted = step(State::Draft, Command::Submit, APPLICANT, circumstances).expect("may").to;
        let pending = |state| route.on_desk(desk(state)).map(|step| step.association);
        assert_eq!(pending(submitted), Some(first));
        assert_eq!(pending(State::NationalBoard), Some(national));
        assert_eq!(pending(State::Approved), None);
    }
    let nowhere = route::certification(Home::NonMember { prefectural: None }, national);
    assert_eq!(nowhere, Err(route::Refusal::WorkplaceMissing));
}

#[test]
fn routes_of_trainings() {
    use ApprovalPath::{ToNational, ToPrefectural};
    let (national, prefectural) = (association(1), association(2));
    for (host, path, associations) in [
        (HostTier::BelowPrefectural, ToNational, vec![prefectural, national]),
        (HostTier::BelowPrefectural, ToPrefectural, vec![prefectural]),
        (HostTier::Prefectural, ToNational, vec![national]),
        (HostTier::Prefectural, ToPrefectural, vec![prefectural]),
        (HostTier::National, ToNational, vec![national]),
        (HostTier::National, ToPrefectural, vec![national]),
    ] {
        let route = route::training(host, path, Some(prefectural), national).expect("a route");
        assert_eq!(route.associations().collect::<Vec<_>>(), associations, "{host:?} {path:?}");
    }
    assert_eq!(
        route::training(HostTier::BelowPrefectural, ToNational, None, national),
        Err(route::Refusal::PrefecturalMissing)
    );
}

#[test]
fn a_route_is_stored_as_plain_json() {
    let home = Home::NonMember { prefectural: Some(association(2)) };
    let route = route::certification(home, association(1)).expect("a route");
    let json = serde_json::to_value(&route).expect("plain data");
    assert_eq!(json[0]["tier"], "prefectural");
    assert_eq!(json[1]["acts"], serde_json::json!(["examine", "committee", "board", "approve"]));
    assert_eq!(serde_json::from_value::<route::Route>(json).expect("the same"), route);
}

#[test]
fn the_printed_page_has_every_state_and_condition() {
    let page = print::page(&WORKFLOW, desk);
    for state in State::ALL {
        assert!(page.contains(&format!("| {} | `{}` |", state.label(), state.name())), "{state}");
    }
    assert!(page.contains("| 下書き | 申請 | 申請者 | 非会員 | 都道府県医師会で審査中 |"), "{page}");
}
