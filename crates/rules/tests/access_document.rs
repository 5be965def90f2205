//! Who sees documents, and who makes attendance certificates.

mod access_world;

use access_world::{World, actor, physician, physician_id};
use mamis_rules::access::{Actor, Duty, attendance, document};
use mamis_rules::association::Host;

#[test]
fn documents_follow_kind_issuer_and_addressee() {
    let letter = document::Facts {
        kind: document::Kind::NoticeLetter,
        subject: None,
        subject_belongs_at_or_below: Vec::new(),
        issued_by: Host::Association(World::National.id()),
        addressed_to: Some(World::Prefectural.id()),
    };
    let packet = document::Facts {
        kind: document::Kind::BoardPacket,
        issued_by: Host::Association(World::Municipal.id()),
        addressed_to: None,
        ..letter.clone()
    };
    let certificate = document::Facts {
        kind: document::Kind::Certificate,
        subject: Some(physician_id(1)),
        subject_belongs_at_or_below: vec![
            World::Municipal.id(),
            World::Prefectural.id(),
            World::National.id(),
        ],
        ..letter.clone()
    };
    let prefectural = actor(World::Prefectural, Duty::Certification);
    let municipal = actor(World::Municipal, Duty::Certification);
    for (facts, viewer, seen) in [
        (&letter, &prefectural, true),
        (&letter, &municipal, false),
        (&packet, &municipal, true),
        (&packet, &prefectural, false),
        (&certificate, &municipal, true),
        (&certificate, &actor(World::District, Duty::Certification), false),
        (&certificate, &actor(World::Municipal, Duty::Dues), false),
        (&certificate, &physician(1), true),
        (&certificate, &physician(2), false),
    ] {
        assert_eq!(document::sees(viewer, facts), seen, "{:?} for {viewer:?}", facts.kind);
    }
    let organizers = document::Facts {
        kind: document::Kind::AttendanceCertificate,
        issued_by: World::Organizer.office().host(),
        ..certificate.clone()
    };
    for (viewer, seen) in [
        (actor(World::Organizer, Duty::Training), true),
        (actor(World::Organizer, Duty::Administration), false),
        (actor(World::Municipal, Duty::Training), false),
        (actor(World::National, Duty::Training), false),
        (physician(1), true),
        (physician(2), false),
    ] {
        assert_eq!(document::sees(&viewer, &organizers), seen, "of an organizer, for {viewer:?}");
    }
    assert!(!document::sees(&actor(World::Organizer, Duty::Training), &certificate), "of its own only");
    let sealed = document::Facts { kind: document::Kind::ProvisionalCredentials, ..certificate };
    assert!(!document::sees(&physician(1), &sealed));
    assert!(!document::sees(&actor(World::Municipal, Duty::Membership), &sealed));
    assert_eq!(document::may_verify(&Actor::Guest), Ok(()));
}

#[test]
fn attendance_certificates_are_made_by_the_physician_and_by_the_host() {
    for host in [World::Municipal, World::Organizer] {
        let facts = attendance::Facts {
            host: host.office().host(),
            host_prefecture: Some(access_world::here()),
            physician: Some(physician_id(1)),
            belongs_within: vec![access_world::here()],
            works_within: Vec::new(),
        };
        let may = |viewer: &Actor| attendance::may_download_certificate(viewer, &facts).is_ok();
        assert!(may(&physician(1)) && !may(&physician(2)) && !may(&Actor::Guest));
        for office in World::ALL {
            for duty in Duty::ALL {
                let expected = office == host && *duty == Duty::Training;
                assert_eq!(
                    may(&actor(office, *duty)),
                    expected,
                    "{office:?} {duty} at a training of {host:?}"
                );
            }
        }
        let everybodys = attendance::Facts { physician: None, ..facts.clone() };
        assert!(attendance::may_download_certificate(&physician(1), &everybodys).is_err(), "in bulk");
    }
}
