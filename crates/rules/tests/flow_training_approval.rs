//! The life of a training, in the words of the rules.

use chrono::{DateTime, Utc};
use mamis_rules::association::Tier;
use mamis_rules::flow::training_approval::{
    ApprovalPath, Circumstances, Command, HeldAt, Holding, HoldingReport, HostTier, Phase, RecruitmentWindow,
    State, WORKFLOW, commands, desk, phase, step,
};
use mamis_rules::flow::{Desk, Effect, Refusal, Who, check, print};

const HOST: Who = Who::Host;
const PREFECTURAL: Who = Who::Office(Tier::Prefectural);
const NATIONAL: Who = Who::Office(Tier::National);

/// An occupational training of a municipal association, before it is held.
const USUAL: Circumstances = Circumstances {
    host: HostTier::BelowPrefectural,
    path: ApprovalPath::ToNational,
    report: HoldingReport::Needed,
    holding: Holding::Ahead,
};
const HELD: Circumstances = Circumstances { holding: Holding::Ended, ..USUAL };

fn circumstances() -> Vec<Circumstances> {
    let mut all = Vec::new();
    for host in [HostTier::BelowPrefectural, HostTier::Prefectural, HostTier::National] {
        for path in [ApprovalPath::ToNational, ApprovalPath::ToPrefectural] {
            for report in [HoldingReport::Needed, HoldingReport::NotNeeded] {
                for holding in [Holding::Ahead, Holding::Ended] {
                    all.push(Circumstances { host, path, report, holding });
                }
            }
        }
    }
    all
}

fn walk(acts: &[(Command, Who, Circumstances)]) -> State {
    acts.iter().fold(State::Draft, |state, (command, who, circumstances)| {
        step(state, *command, *who, *circumstances)
            .unwrap_or_else(|refusal| panic!("{state} {command}: {refusal}"))
            .to
    })
}

#[test]
fn the_usual_way() {
    use Command::{Approve, Confirm, ReleaseCredits, Report, Submit};
    let acts = [
        (Submit, HOST, USUAL),
        (Approve, PREFECTURAL, USUAL),
        (Approve, NATIONAL, USUAL),
        (ReleaseCredits, HOST, HELD),
        (Report, HOST, HELD),
        (Confirm, PREFECTURAL, HELD),
        (Confirm, NATIONAL, HELD),
    ];
    let states = [
        State::Draft,
        State::PrefecturalReview,
        State::NationalReview,
        State::Approved,
        State::CreditsReleased,
        State::Reported,
        State::ReportConfirmed,
        State::Done,
    ];
    for (count, state) in states.into_iter().enumerate() {
        assert_eq!(walk(&acts[..count]), state);
    }
}

#[test]
fn where_a_submission_goes() {
    use ApprovalPath::{ToNational, ToPrefectural};
    for (host, path, to) in [
        (HostTier::BelowPrefectural, ToNational, State::PrefecturalReview),
        (HostTier::BelowPrefectural, ToPrefectural, State::PrefecturalReview),
        (HostTier::Prefectural, ToNational, State::NationalReview),
        (HostTier::Prefectural, ToPrefectural, State::PrefecturalReview),
        (HostTier::National, ToNational, State::NationalReview),
        (HostTier::National, ToPrefectural, State::NationalReview),
    ] {
        let circumstances = Circumstances { host, path, ..USUAL };
        for from in [State::Draft, State::Returned, State::Postponed] {
            let row = step(from, Command::Submit, HOST, circumstances).expect("may submit");
            assert_eq!(row.to, to, "{host:?} {path:?}");
        }
    }
    assert_eq!(HostTier::of(None), HostTier::BelowPrefectural);
}

#[test]
fn a_scheme_that_ends_at_the_prefecture() {
    let circumstances = Circumstances { path: ApprovalPath::ToPrefectural, ..USUAL };
    let row = step(State::PrefecturalReview, Command::Approve, PREFECTURAL, circumstances).expect("may");
    assert_eq!(row.to, State::Approved);
    assert!(row.effects.contains(&Effect::OpenRecruitment));
}

#[test]
fn sports_retraining_needs_no_holding_report() {
    let circumstances = Circumstances { report: HoldingReport::NotNeeded, ..HELD };
    let row = step(State::Approved, Command::ReleaseCredits, HOST, circumstances).expect("may");
    assert_eq!(row.to, State::Done);
    assert!(row.effects.contains(&Effect::ConfirmCredits));
}

#[test]
fn refusals_say_why() {
    let sentence = |from, command, who| step(from, command, who, USUAL).expect_err("refused").to_string();
    assert_eq!(
        sentence(State::Draft, Command::Approve, PREFECTURAL),
        "いまは「下書き」のため、「承認」はできません。主催者の操作を待っています。"
    );
    assert_eq!(
        sentence(State::NationalReview, Command::Approve, PREFECTURAL),
        "「承認」ができるのは日本医師会です。いまは「日本医師会で確認中」です。"
    );
    assert_eq!(
        sentence(State::Approved, Command::ReleaseCredits, HOST),
        "「単位登録」には次の条件が必要です：研修会が終わっている。"
    );
    assert_eq!(
        sentence(State::Done, Command::Cancel, HOST),
        "いまは「完了」のため、「中止」はできません。手続きは終わっています。"
    );
    assert!(matches!(
        step(State::Approved, Command::Approve, NATIONAL, USUAL),
        Err(Refusal::WrongState { .. })
    ));
}

#[test]
fn the_table_is_sound() {
    assert_eq!(check::unreachable(&WORKFLOW), []);
    assert_eq!(check::dead_ends(&WORKFLOW), []);
    assert_eq!(check::left_finals(&WORKFLOW), []);
    for circumstances in circumstances() {
        for state in State::ALL {
            for command in Command::ALL {
                for who in [HOST, PREFECTURAL, NATIONAL, Who::Applicant] {
                    let rows = check::applicable(&WORKFLOW, *state, *command, who, |guard| {
                        circumstances.holds(guard)
                    });
                    assert!(rows <= 1, "{state} {command} {who:?} {circumstances:?}: {rows} rows");
                }
            }
        }
    }
}

#[test]
fn nothing_waits_for_ever_whatever_the_host_and_the_scheme() {
    for circumstances in circumstances().into_iter().filter(|one| one.holding == Holding::Ended) {
        for state in State::ALL {
            let anybody = [HOST, PREFECTURAL, NATIONAL]
                .into_iter()
                .any(|who| !commands(*state, who, circumstances).is_empty());
            assert_eq!(anybody, !WORKFLOW.finals.contains(state), "{state} {circumstances:?}");
        }
    }
}

#[test]
fn withdraw_and_return_are_there() {
    let review = [State::PrefecturalReview, State::NationalReview];
    assert_eq!(check::states_with(&WORKFLOW, Command::Withdraw, HOST), review);
    for (state, who) in [(State::PrefecturalReview, PREFECTURAL), (State::NationalReview, NATIONAL)] {
        for command in [Command::Approve, Command::Return, Command::Reject] {
            assert_eq!(check::states_with(&WORKFLOW, command, who), [state], "{command}");
        }
    }
    for (state, who) in [(State::Reported, PREFECTURAL), (State::ReportConfirmed, NATIONAL)] {
        for command in [Command::Confirm, Command::ReturnReport] {
            assert_eq!(check::states_with(&WORKFLOW, command, who), [state], "{command}");
        }
    }
}

#[test]
fn whoever_has_the_desk_has_a_command() {
    for state in State::ALL {
        let who = match desk(*state) {
            Desk::Host => HOST,
            Desk::Tier(tier) => Who::Office(tier),
            Desk::Applicant => Who::Applicant,
            Desk::Former | Desk::Nobody => continue,
        };
        assert!(!commands(*state, who, HELD).is_empty(), "{state}");
    }
}

#[test]
fn phases_follow_from_dates() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
    let window =
        RecruitmentWindow { opens_at: at("2026-12-01T00:00:00Z"), closes_at: at("2026-12-20T00:00:00Z") };
    let held = HeldAt { starts_at: at("2027-01-10T01:00:00Z"), ends_at: at("2027-01-10T04:00:00Z") };
    for (now, expected) in [
        ("2026-11-30T23:59:59Z", Phase::Announced),
        ("2026-12-01T00:00:00Z", Phase::Recruiting),
        ("2026-12-19T23:59:59Z", Phase::Recruiting),
        ("2026-12-20T00:00:00Z", Phase::Closed),
        ("2027-01-10T01:00:00Z", Phase::InProgress),
        ("2027-01-10T04:00:00Z", Phase::Held),
    ] {
        assert_eq!(phase(State::Approved, Some(window), held, at(now)), expected, "{now}");
        assert_eq!(phase(State::Cancelled, Some(window), held, at(now)), Phase::Cancelled);
    }
    assert_eq!(phase(State::Approved, None, held, at("2026-12-05T00:00:00Z")), Phase::Announced);
}

#[test]
fn the_printed_page_has_every_state_and_command() {
    let page = print::page(&WORKFLOW, desk);
    for state in State::ALL {
        assert!(page.contains(&format!("    {} : {}\n", state.name(), state.label())), "{state}");
    }
    for command in Command::ALL {
        assert!(page.contains(&format!("| {} |", command.label())), "{command}");
    }
    assert!(page.contains("    draft --> prefectural_review : 申請（主催者）\n"), "{page}");
}
