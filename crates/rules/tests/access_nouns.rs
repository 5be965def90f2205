//! Who sees the other nouns, and who may do what.

mod access_world;
use access_world::{Near, World, actor, association_id, officer, physician, physician_id, training_near};
use mamis_rules::access::officer as officers;
use mamis_rules::access::{
    Actor, Depth, Duty, Refusal, Scope, application, association, attendance, batch, bulk_change,
    certification, commands, document, matrix, physician as person, saved_search, system, training,
};
use mamis_rules::base::ids::{AccountId, OfficerId};
use mamis_rules::flow::training_approval::State;
use proptest::prelude::*;
use uuid::Uuid;

#[test]
fn an_officer_without_duties_and_a_guest_see_nothing() {
    let idle = officer(&[]);
    for actor in [&idle, &Actor::Guest] {
        assert_eq!(training::visible_to(actor), Scope::Nothing);
        assert_eq!(attendance::visible_to(actor), Scope::Nothing);
        assert_eq!(person::visible_to(actor), Scope::Nothing);
        assert_eq!(saved_search::visible_to(actor), Scope::Nothing);
        assert_eq!(application::visible_to(actor), Scope::Nothing);
        assert_eq!(batch::visible_to(actor), Scope::Nothing);
        assert_eq!(bulk_change::visible_to(actor), Scope::Nothing);
        assert_eq!(certification::visible_to(actor), Scope::Nothing);
        assert_eq!(document::visible_to(actor), Scope::Nothing);
        assert_eq!(association::settings_visible_to(actor), Scope::Nothing);
        assert_eq!(officers::visible_to(actor), Scope::Nothing);
    }
    assert_eq!(association::visible_to(&idle), Scope::Nothing);
    // Whoever registers has to choose an association.
    assert_eq!(association::visible_to(&Actor::Guest), Scope::All);
}

fn member() -> person::Facts {
    person::Facts {
        physician: physician_id(1),
        belongs_at_or_below: vec![World::Municipal.id(), World::Prefectural.id(), World::National.id()],
        applies_to: Vec::new(),
        linked_to: Vec::new(),
        works_within: vec![access_world::here()],
        desk: None,
    }
}

fn non_member() -> person::Facts {
    person::Facts {
        belongs_at_or_below: Vec::new(),
        desk: Some(World::Prefectural.id()),
        physician: physician_id(2),
        ..member()
    }
}

#[test]
fn physicians_by_association_and_depth() {
    use Depth::{Contact, Full, List};
    let linked = person::Facts { linked_to: vec![World::Municipal.id()], ..non_member() };
    let applies = person::Facts { applies_to: vec![World::Municipal.id()], ..non_member() };
    let table = [
        ("a member here", member(), World::Municipal, Duty::Membership, Some(Full)),
        ("a member here", member(), World::Municipal, Duty::Certification, Some(Full)),
        ("a member here", member(), World::Municipal, Duty::Dues, Some(Contact)),
        ("a member here", member(), World::Municipal, Duty::Training, Some(List)),
        ("a member here", member(), World::Municipal, Duty::Administration, None),
        ("a member below", member(), World::Prefectural, Duty::Membership, Some(Full)),
        ("a member above", member(), World::District, Duty::Membership, None),
        ("a member", member(), World::Organizer, Duty::Training, None),
        ("a stranger", non_member(), World::Municipal, Duty::Membership, None),
        ("a non-member working here", non_member(), World::Prefectural, Duty::Membership, Some(Full)),
        ("a non-member linked", linked.clone(), World::Municipal, Duty::Membership, Some(Full)),
        ("a non-member linked", linked, World::District, Duty::Membership, None),
        ("one who applies", applies, World::Municipal, Duty::Membership, Some(Full)),
        ("anybody", non_member(), World::National, Duty::Membership, Some(Full)),
    ];
    for (who, facts, at, duty, depth) in table {
        assert_eq!(person::depth(&actor(at, duty), &facts), depth, "{who} for {duty} at {at:?}");
    }
    assert_eq!(person::depth(&physician(1), &member()), Some(Full));
    assert_eq!(person::depth(&physician(2), &member()), None);
}

#[test]
fn merging_needs_rights_over_both() {
    let municipal = actor(World::Municipal, Duty::Membership);
    assert_eq!(person::may_merge(&municipal, &member(), &member()), Ok(()));
    assert!(person::may_merge(&municipal, &member(), &non_member()).is_err());
    assert!(person::may_merge(&municipal, &non_member(), &member()).is_err());
    let national = actor(World::National, Duty::Membership);
    assert_eq!(person::may_merge(&national, &member(), &non_member()), Ok(()));
}

fn certification_application() -> application::Facts {
    application::Facts {
        kind: application::Kind::Certification,
        applicant: Some(physician_id(1)),
        filed_by: None,
        route: vec![World::Municipal.id(), World::Prefectural.id(), World::National.id()],
        pending: Some(World::Municipal.id()),
        submitted: true,
    }
}

#[test]
fn applications_are_seen_along_the_route_by_the_duty_of_their_kind() {
    let facts = certification_application();
    let draft = application::Facts { submitted: false, ..facts.clone() };
    for (viewer, duty, seen) in [
        (World::Municipal, Duty::Certification, true),
        (World::Prefectural, Duty::Certification, true),
        (World::National, Duty::Certification, true),
        (World::District, Duty::Certification, false),
        (World::Municipal, Duty::Membership, false),
        (World::Municipal, Duty::Administration, false),
        (World::Organizer, Duty::Certification, false),
    ] {
        assert_eq!(application::sees(&actor(viewer, duty), &facts), seen, "{viewer:?} {duty}");
        assert!(!application::sees(&actor(viewer, duty), &draft), "a draft is the applicant's alone");
    }
    assert!(application::sees(&physician(1), &draft));
    assert!(!application::sees(&physician(2), &facts));
}

#[test]
fn only_the_pending_step_decides() {
    let facts = certification_application();
    for (viewer, duty, may) in [
        (World::Municipal, Duty::Certification, true),
        (World::Prefectural, Duty::Certification, false),
        (World::Municipal, Duty::Training, false),
    ] {
        assert_eq!(application::may_decide(&actor(viewer, duty), &facts).is_ok(), may, "{viewer:?} {duty}");
    }
    assert_eq!(application::may_apply(&physician(1), &facts), Ok(()));
    assert!(application::may_decide(&physician(1), &facts).is_err());
    assert_eq!(
        application::may_decide(&physician(1), &facts).expect_err("refused").to_string(),
        "「審査・承認・差戻し・却下」ができるのは、順番になっている医師会でその種類を受け持つ担当です。"
    );
    assert_eq!(
        application::may_apply(&Actor::Guest, &facts),
        Err(Refusal::NotLoggedIn { command: "申請・再申請・取下げ" })
    );
}

#[test]
fn training_commands_need_the_training_duty_at_the_right_office() {
    let under_review = training::Facts {
        pending: Some(World::Prefectural.id()),
        ..training_near(World::Municipal, Near::Own, State::PrefecturalReview)
    };
    let host = actor(World::Municipal, Duty::Training);
    let prefectural = actor(World::Prefectural, Duty::Training);
    let other_duty = actor(World::Municipal, Duty::Certification);
    for command in [
        training::may_edit,
        training::may_submit,
        training::may_cancel,
        training::may_sign_up_on_behalf,
        training::may_cancel_signup,
        training::may_receive,
        training::may_release_credits,
        training::may_report,
    ] {
        assert_eq!(command(&host, &under_review), Ok(()));
        assert!(command(&prefectural, &under_review).is_err());
        assert!(command(&other_duty, &under_review).is_err());
        assert!(command(&physician(1), &under_review).is_err());
    }
    for command in [training::may_decide, training::may_confirm_report] {
        assert_eq!(command(&prefectural, &under_review), Ok(()));
        assert!(command(&host, &under_review).is_err());
        assert!(command(&actor(World::National, Duty::Training), &under_review).is_err());
    }
    let organizer = actor(World::Organizer, Duty::Training);
    assert_eq!(training::may_create(&organizer, World::Organizer.office().host()), Ok(()));
    assert!(training::may_create(&organizer, World::Municipal.office().host()).is_err());
    assert_eq!(training::may_sign_up(&physician(1), physician_id(1)), Ok(()));
    assert!(training::may_sign_up(&physician(1), physician_id(2)).is_err());
    assert!(training::may_sign_up(&host, physician_id(1)).is_err());
}

#[test]
fn batches_stay_with_their_association_until_submitted() {
    let kept = batch::Facts {
        kind: application::Kind::Certification,
        held_by: World::Municipal.id(),
        submitted_to: None,
    };
    let sent = batch::Facts { submitted_to: Some(World::Prefectural.id()), ..kept };
    let municipal = actor(World::Municipal, Duty::Certification);
    let prefectural = actor(World::Prefectural, Duty::Certification);
    assert!(batch::sees(&municipal, &kept) && batch::sees(&municipal, &sent));
    assert!(!batch::sees(&prefectural, &kept) && batch::sees(&prefectural, &sent));
    assert!(!batch::sees(&actor(World::Municipal, Duty::Dues), &kept));
    assert_eq!(batch::may_submit(&municipal, &kept), Ok(()));
    assert!(batch::may_submit(&prefectural, &sent).is_err());
}

#[test]
fn document_kinds_and_application_kinds_have_one_duty() {
    for duty in Duty::ALL {
        for kind in application::Kind::ALL {
            assert_eq!(application::Kind::of(*duty).contains(kind), kind.duty() == *duty, "{kind} {duty}");
        }
        for kind in document::Kind::ALL {
            assert_eq!(document::Kind::of(*duty).contains(kind), kind.duty() == *duty, "{kind} {duty}");
        }
    }
}

#[test]
fn settings_belong_to_the_association_and_its_place_in_the_tree_to_those_above() {
    let municipal = association::Facts {
        association: World::Municipal.id(),
        above: vec![World::Prefectural.id(), World::National.id()],
    };
    let own = actor(World::Municipal, Duty::Administration);
    let above = actor(World::Prefectural, Duty::Administration);
    assert_eq!(association::may_change_settings(&own, &municipal), Ok(()));
    assert!(association::may_change_settings(&above, &municipal).is_err());
    assert_eq!(association::may_change_tree(&above, &municipal), Ok(()));
    assert!(association::may_change_tree(&own, &municipal).is_err());
    let elsewhere = association::Facts { association: association_id(99), above: vec![World::National.id()] };
    assert!(association::may_change_tree(&above, &elsewhere).is_err());
}

#[test]
fn appointments_reach_down_by_name_and_never_up() {
    use officers::Hand;
    let by = |viewer, duty, at| officers::may_appoint(&actor(viewer, duty), &works_for(at)).ok();
    for (viewer, duty, at, hand) in [
        (World::Municipal, Duty::Administration, World::Municipal, Some(Hand::Own)),
        (World::Prefectural, Duty::Administration, World::Municipal, Some(Hand::OnBehalf)),
        (World::National, Duty::Administration, World::Municipal, Some(Hand::OnBehalf)),
        (World::National, Duty::Administration, World::Organizer, Some(Hand::OnBehalf)),
        (World::Organizer, Duty::Administration, World::Organizer, Some(Hand::Own)),
        (World::Municipal, Duty::Administration, World::Prefectural, None),
        (World::Prefectural, Duty::Administration, World::Organizer, None),
        (World::Municipal, Duty::Membership, World::Municipal, None),
    ] {
        assert_eq!(by(viewer, duty, at), hand, "{viewer:?} {duty} at {at:?}");
    }
}

#[test]
fn everybody_may_see_the_demo() {
    assert_eq!(system::may_see_demo(&Actor::Guest), Ok(()));
}

#[test]
fn command_names_are_unique_and_begin_with_their_noun() {
    let mut names: Vec<&str> = commands().map(|command| command.name).collect();
    for command in commands() {
        assert!(command.name.starts_with(&format!("{}.", command.noun)), "{}", command.name);
        assert!(!command.who.is_empty(), "{}", command.name);
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn the_printed_page_shows_the_law_and_every_command() {
    let page = matrix();
    for line in [
        "| 外部団体 | 自主催のもの | 自主催のもの | すべて |",
        "| 地区医師会 | 自主催のもの | 自主催のもの | すべて |",
        "| 郡市区等医師会 | 自主催のもの | 自主催のもの | すべて |",
        "| 都道府県医師会 | 都道府県内のもの | 都道府県内のもの | すべて |",
        "| 日本医師会 | すべて | すべて | すべて |",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    for command in commands() {
        assert!(page.contains(&format!("| `{}` |", command.name)), "{}", command.name);
    }
}

fn any_duties() -> impl Strategy<Value = Vec<(Duty, World)>> {
    let duty = proptest::sample::select(Duty::ALL);
    let world = proptest::sample::select(World::ALL.to_vec());
    proptest::collection::vec((duty, world), 0..5)
}

proptest! {
    /// Duties add up: nobody sees more or less than with each duty alone.
    #[test]
    fn duties_add_up(
        duties in any_duties(),
        viewer in proptest::sample::select(World::ALL.to_vec()),
        near in proptest::sample::select(Near::ALL.to_vec()),
        state in proptest::sample::select(State::ALL),
    ) {
        let all = officer(&duties);
        let each = |sees: &dyn Fn(&Actor) -> bool| {
            sees(&all) == duties.iter().any(|duty| sees(&officer(&[*duty])))
        };
        let training = training_near(viewer, near, state);
        prop_assert!(each(&|actor| training::sees(actor, &training)));
        let attendance = access_world::attendance_near(viewer, near);
        prop_assert!(each(&|actor| attendance::sees(actor, &attendance)));
        prop_assert!(each(&|actor| person::sees(actor, &member())));
        prop_assert!(each(&|actor| application::sees(actor, &certification_application())));
    }
}

fn works_for(at: World) -> officers::WorksFor {
    let above = match at {
        World::District => vec![World::Municipal.id(), World::Prefectural.id(), World::National.id()],
        World::Municipal => vec![World::Prefectural.id(), World::National.id()],
        World::Prefectural => vec![World::National.id()],
        World::National | World::Organizer => Vec::new(),
    };
    officers::WorksFor { at: at.office().host(), above }
}

#[test]
fn officers_are_administered_by_their_offices_and_those_above() {
    let of = |offices: &[World]| officers::Facts {
        officer: OfficerId(Uuid::from_u128(8)),
        works_for: offices.iter().map(|at| works_for(*at)).collect(),
    };
    for (offices, viewer, duty, sees, may) in [
        (&[World::Municipal][..], World::Municipal, Duty::Administration, true, true),
        (&[World::Municipal], World::Municipal, Duty::Membership, false, false),
        (&[World::Municipal], World::Prefectural, Duty::Administration, true, true),
        (&[World::Municipal], World::National, Duty::Administration, true, true),
        (&[World::Municipal], World::District, Duty::Administration, false, false),
        (&[World::Prefectural], World::Municipal, Duty::Administration, false, false),
        (&[World::Organizer], World::Organizer, Duty::Administration, true, true),
        (&[World::Organizer], World::Prefectural, Duty::Administration, false, false),
        (&[World::Organizer], World::National, Duty::Administration, true, true),
        // Seen through one office, but the other one has rights of its own.
        (&[World::Municipal, World::Prefectural], World::Municipal, Duty::Administration, true, false),
        (&[World::Municipal, World::Prefectural], World::Prefectural, Duty::Administration, true, true),
        (&[World::Municipal, World::Organizer], World::Prefectural, Duty::Administration, true, false),
    ] {
        let (viewer, facts) = (actor(viewer, duty), of(offices));
        assert_eq!(officers::sees(&viewer, &facts), sees, "{offices:?} for {viewer:?}");
        assert_eq!(officers::may_suspend(&viewer, &facts).is_ok(), may, "{offices:?} by {viewer:?}");
    }
}

#[test]
fn a_letter_waits_at_one_office() {
    use mamis_rules::access::post_letter::{Facts, may_post, sees};
    let member = |kind: &str| Facts {
        kind: kind.to_owned(),
        municipal: vec![World::Municipal.id()],
        works_in: vec![access_world::here()],
        ..Facts::default()
    };
    let both = Facts { districts: vec![World::District.id()], ..member("signup_confirmed") };
    let district = Facts { municipal: Vec::new(), ..both.clone() };
    let non_member = Facts { municipal: Vec::new(), ..member("signup_confirmed") };
    let adrift = Facts { works_in: Vec::new(), ..non_member.clone() };
    for (who, facts, at) in [
        ("a member", member("signup_confirmed"), World::Municipal),
        ("a member of a district too", both, World::Municipal),
        ("a member of a district only", district, World::District),
        ("a non-member", non_member, World::Prefectural),
        ("somebody nobody knows", adrift, World::National),
    ] {
        for viewer in World::ALL {
            let seen = sees(&actor(viewer, Duty::Membership), &facts);
            assert_eq!(seen, viewer == at, "{who} at {viewer:?}");
        }
    }
    let certification = actor(World::Municipal, Duty::Certification);
    assert!(sees(&certification, &member("expiry_notice")));
    assert!(!sees(&certification, &member("login_link")), "a password is on its way in it");
    assert!(!sees(&actor(World::Municipal, Duty::Training), &member("signup_confirmed")));
    assert!(!sees(&physician(1), &member("expiry_notice")));
    assert_eq!(may_post(&certification), Ok(()));
    assert!(may_post(&actor(World::Municipal, Duty::Training)).is_err());
    assert!(may_post(&physician(1)).is_err());
}

#[test]
fn a_search_is_its_keepers_and_its_offices() {
    let kept_by = AccountId(Uuid::from_u128(9));
    let mut keeper = actor(World::Municipal, Duty::Membership);
    if let Actor::Officer { account, .. } = &mut keeper {
        *account = kept_by;
    }
    let colleague = actor(World::Municipal, Duty::Training);
    let administrator = actor(World::Municipal, Duty::Administration);
    let stranger = actor(World::Prefectural, Duty::Membership);
    let sees = |actor: &Actor, shared_in| {
        let facts = saved_search::Facts { kept_by, shared_in };
        assert_eq!(saved_search::keeps(actor, &facts), *actor == keeper);
        saved_search::visible_to(actor).admits(|fact| facts.has(fact))
    };
    let here = Some(World::Municipal.id());
    for (name, actor, alone, shared) in [
        ("keeper", &keeper, true, true),
        ("colleague", &colleague, false, true),
        ("administrator", &administrator, false, false),
        ("stranger", &stranger, false, false),
    ] {
        assert_eq!((sees(actor, None), sees(actor, here)), (alone, shared), "{name}");
    }
    assert!(saved_search::may_save(&keeper, World::Municipal.id()).is_ok());
    assert!(saved_search::may_save(&keeper, World::Prefectural.id()).is_err());
    assert!(saved_search::may_save(&administrator, World::Municipal.id()).is_err());
}

#[test]
fn only_the_register_says_why_and_only_for_members_of_others() {
    let both = officer(&[(Duty::Membership, World::National), (Duty::Membership, World::Municipal)]);
    let elsewhere =
        person::Facts { belongs_at_or_below: vec![association_id(99), World::National.id()], ..member() };
    let national_only = person::Facts { belongs_at_or_below: vec![World::National.id()], ..member() };
    for (name, actor, facts, asked) in [
        ("national, a member", actor(World::National, Duty::Membership), member(), true),
        ("national, a non-member", actor(World::National, Duty::Membership), non_member(), false),
        ("national, its own member", actor(World::National, Duty::Membership), national_only, false),
        ("national without the depth", actor(World::National, Duty::Training), member(), false),
        ("municipal", actor(World::Municipal, Duty::Membership), member(), false),
        ("prefectural", actor(World::Prefectural, Duty::Certification), member(), false),
        ("both, the own member", both.clone(), member(), false),
        ("both, a member elsewhere", both, elsewhere, true),
        ("the person", physician(1), member(), false),
    ] {
        assert_eq!(person::needs_reason(&actor, &facts), asked, "{name}");
    }
}

#[test]
fn a_list_of_the_register_leaves_with_a_reason() {
    assert!(person::export_needs_reason(&actor(World::National, Duty::Membership)));
    assert!(!person::export_needs_reason(&actor(World::National, Duty::Training)));
}

#[test]
fn a_list_leaves_the_system_with_those_who_see_more_than_names() {
    for (duty, may) in [
        (Duty::Membership, true),
        (Duty::Certification, true),
        (Duty::Dues, true),
        (Duty::Training, false),
        (Duty::Administration, false),
    ] {
        assert_eq!(person::may_export(&actor(World::Prefectural, duty)).is_ok(), may, "{duty:?}");
        assert!(!person::export_needs_reason(&actor(World::Prefectural, duty)), "{duty:?}");
    }
}
