//! The little world of the access tests: one office of each kind in Tokyo, and things near them.
#![allow(dead_code, reason = "every test file is a crate of its own and uses another part of this world")]

use mamis_rules::access::{Actor, Duty, DutyHeld, Office, attendance, training};
use mamis_rules::association::{Host, Prefecture, Tier};
use mamis_rules::base::ids::{AccountId, AssociationId, OfficerId, OrganizerId, PhysicianId};
use mamis_rules::flow::training_approval::State;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum World {
    Organizer,
    District,
    Municipal,
    Prefectural,
    National,
}

impl World {
    pub(crate) const ALL: [Self; 5] =
        [Self::Organizer, Self::District, Self::Municipal, Self::Prefectural, Self::National];

    pub(crate) fn office(self) -> Office {
        let association =
            |number, tier, prefecture| Office::Association { id: association_id(number), tier, prefecture };
        match self {
            Self::National => association(1, Tier::National, None),
            Self::Prefectural => association(2, Tier::Prefectural, Some(here())),
            Self::Municipal => association(3, Tier::Municipal, Some(here())),
            Self::District => association(4, Tier::District, Some(here())),
            Self::Organizer => Office::Organizer { id: OrganizerId(Uuid::from_u128(5)), prefecture: here() },
        }
    }

    pub(crate) fn id(self) -> AssociationId {
        match self.office() {
            Office::Association { id, .. } => id,
            Office::Organizer { .. } => panic!("an organizer is no association"),
        }
    }
}

/// How far away from the viewer, nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Near {
    Own,
    Prefecture,
    Elsewhere,
}

impl Near {
    pub(crate) const ALL: [Self; 3] = [Self::Own, Self::Prefecture, Self::Elsewhere];
}

pub(crate) fn here() -> Prefecture {
    Prefecture::named("東京都").expect("a prefecture")
}

pub(crate) fn away() -> Prefecture {
    Prefecture::named("佐賀県").expect("a prefecture")
}

pub(crate) fn association_id(number: u128) -> AssociationId {
    AssociationId(Uuid::from_u128(number))
}

pub(crate) fn physician_id(number: u128) -> PhysicianId {
    PhysicianId(Uuid::from_u128(1000 + number))
}

pub(crate) fn physician(number: u128) -> Actor {
    Actor::Physician { account: AccountId(Uuid::from_u128(number)), physician: physician_id(number) }
}

pub(crate) fn officer(duties: &[(Duty, World)]) -> Actor {
    Actor::Officer {
        account: AccountId(Uuid::from_u128(7)),
        officer: OfficerId(Uuid::from_u128(7)),
        duties: duties.iter().map(|(duty, at)| DutyHeld { duty: *duty, at: at.office() }).collect(),
    }
}

pub(crate) fn actor(at: World, duty: Duty) -> Actor {
    officer(&[(duty, at)])
}

fn host_near(viewer: World, near: Near) -> (Host, Option<Prefecture>) {
    let stranger = Host::Association(association_id(99));
    match near {
        Near::Own if viewer == World::National => (viewer.office().host(), None),
        Near::Own => (viewer.office().host(), Some(here())),
        Near::Prefecture => (stranger, Some(here())),
        Near::Elsewhere => (stranger, Some(away())),
    }
}

pub(crate) fn training_near(viewer: World, near: Near, state: State) -> training::Facts {
    let (host, host_prefecture) = host_near(viewer, near);
    training::Facts { state, host, host_prefecture, pending: None, signed_up: Vec::new() }
}

pub(crate) fn attendance_near(viewer: World, near: Near) -> attendance::Facts {
    let (host, host_prefecture) = host_near(viewer, near);
    attendance::Facts {
        host,
        host_prefecture,
        physician: Some(physician_id(50)),
        belongs_within: Vec::new(),
        works_within: Vec::new(),
    }
}
