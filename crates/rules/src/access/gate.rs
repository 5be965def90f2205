//! The doors: the coarse question asked in front of every URL, before anything is loaded.
//!
//! A door never replaces the finer question (which training, which physician): that is asked with a
//! scope when the thing is loaded. It makes sure that no URL is open by oversight.

use super::{Actor, Duty};

/// Who may come in at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Everybody, logged in or not.
    Public,
    /// Anybody with a session, even before the one-time code and the terms of use.
    Session,
    /// Anybody logged in completely.
    Everyone,
    /// Physicians.
    Physician,
    /// Officers with any duty anywhere.
    Office,
    /// Officers with this duty at an association or an organizer.
    Duty(Duty),
    /// Officers with one of these duties.
    AnyDuty(&'static [Duty]),
    /// Physicians, and officers with this duty.
    PhysicianOr(Duty),
    /// Physicians, and officers with one of these duties.
    PhysicianOrAny(&'static [Duty]),
}

impl Gate {
    /// Whether this actor comes in. The one-time code and the terms are asked by the layer that
    /// knows the session.
    pub fn admits(self, actor: &Actor) -> bool {
        match (self, actor) {
            (Self::Public, _) => true,
            (_, Actor::Guest) => false,
            (Self::Session | Self::Everyone, _) => true,
            (Self::Physician | Self::PhysicianOr(_) | Self::PhysicianOrAny(_), Actor::Physician { .. }) => {
                true
            }
            (Self::Office, Actor::Officer { duties, .. }) => !duties.is_empty(),
            (Self::Duty(duty) | Self::PhysicianOr(duty), Actor::Officer { duties, .. }) => {
                duties.iter().any(|held| held.duty == duty)
            }
            (Self::AnyDuty(any) | Self::PhysicianOrAny(any), Actor::Officer { duties, .. }) => {
                duties.iter().any(|held| any.contains(&held.duty))
            }
            _ => false,
        }
    }

    /// The door in the words of docs/access.md.
    pub fn label(self) -> String {
        match self {
            Self::Public => "だれでも".to_owned(),
            Self::Session => "ログインした人（確認コードの前でも）".to_owned(),
            Self::Everyone => "ログインした人".to_owned(),
            Self::Physician => "医師".to_owned(),
            Self::Office => "事務局の職員".to_owned(),
            Self::Duty(duty) => format!("職務「{}」の職員", duty.label()),
            Self::AnyDuty(any) => format!("職務「{}」の職員", labels(any)),
            Self::PhysicianOr(duty) => format!("医師、職務「{}」の職員", duty.label()),
            Self::PhysicianOrAny(any) => format!("医師、職務「{}」の職員", labels(any)),
        }
    }
}

fn labels(duties: &[Duty]) -> String {
    let labels: Vec<&str> = duties.iter().map(|duty| duty.label()).collect();
    labels.join("」「")
}
