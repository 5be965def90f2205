//! Who writes to people, who posts what was written, and who changes the texts of mails.

mod access_world;

use access_world::{World, actor, officer, physician};
use mamis_rules::access::notice::{Facts, may_write, offices_of, visible_to};
use mamis_rules::access::{Actor, Duty, Scope, mail_text, post_letter};
use mamis_rules::association::Tier;

#[test]
fn an_office_sees_and_writes_its_own_notices() {
    let facts = Facts { written_by: World::Municipal.id() };
    for duty in Duty::ALL {
        for viewer in World::ALL {
            let viewer_is = (*duty, viewer);
            let actor = actor(viewer, *duty);
            let writes = viewer == World::Municipal && matches!(duty, Duty::Membership | Duty::Certification);
            assert_eq!(visible_to(&actor).admits(|fact| facts.has(fact)), writes, "{viewer_is:?}");
            assert_eq!(may_write(&actor, World::Municipal.id()).is_ok(), writes, "{viewer_is:?}");
        }
    }
    for nobody in [Actor::Guest, physician(1), officer(&[])] {
        assert_eq!(visible_to(&nobody), Scope::Nothing);
        assert!(offices_of(&nobody).is_empty());
    }
    let both = officer(&[(Duty::Membership, World::Municipal), (Duty::Certification, World::Municipal)]);
    assert_eq!(
        offices_of(&both),
        [(World::Municipal.id(), Tier::Municipal, vec![Duty::Membership, Duty::Certification])]
    );
}

#[test]
fn whoever_wrote_a_notice_posts_its_letters() {
    let facts = post_letter::Facts {
        kind: "notice".to_owned(),
        notice_of: Some(World::Prefectural.id()),
        municipal: vec![World::Municipal.id()],
        districts: vec![World::District.id()],
        works_in: vec![access_world::here()],
    };
    for viewer in World::ALL {
        for duty in [Duty::Membership, Duty::Certification] {
            let seen = post_letter::sees(&actor(viewer, duty), &facts);
            assert_eq!(seen, viewer == World::Prefectural, "{duty:?} at {viewer:?}");
        }
        assert!(!post_letter::sees(&actor(viewer, Duty::Administration), &facts), "{viewer:?}");
    }
}

#[test]
fn the_texts_of_mails_are_the_national_administrators() {
    for duty in Duty::ALL {
        for viewer in World::ALL {
            let may = mail_text::may_edit(&actor(viewer, *duty)).is_ok();
            assert_eq!(
                may,
                viewer == World::National && *duty == Duty::Administration,
                "{duty:?} at {viewer:?}"
            );
        }
    }
    assert!(mail_text::may_edit(&physician(1)).is_err());
}
