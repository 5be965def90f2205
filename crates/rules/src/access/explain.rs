//! Why somebody may not: each way to be allowed, against the duties of the one who asks.

use super::{Actor, Command, Duty, DutyHeld, Grant};

/// How somebody stands to one way of being allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// This way is open, whatever the thing.
    Open,
    /// Open where one of these offices is the one that the way names.
    Where(Vec<DutyHeld>),
    /// A duty that they do not have.
    Lacks(Duty),
    /// The physician concerned, alone.
    OnlyThePhysician,
}

/// Every way of a command, and how the actor stands to it.
pub fn explain(actor: &Actor, command: &Command) -> Vec<(Grant, Standing)> {
    command.who.iter().map(|grant| (*grant, standing(actor, *grant))).collect()
}

fn standing(actor: &Actor, grant: Grant) -> Standing {
    let held = |wanted: Option<Duty>| -> Vec<DutyHeld> {
        actor.duties().iter().filter(|held| wanted.is_none_or(|duty| held.duty == duty)).copied().collect()
    };
    match grant {
        Grant::Anyone => Standing::Open,
        Grant::Own => Standing::OnlyThePhysician,
        Grant::Tier(duty, tier) if actor.holds_at_tier(duty, tier) => Standing::Open,
        Grant::Tier(duty, _) => Standing::Lacks(duty),
        Grant::Duty(duty, _) => match held(Some(duty)) {
            none if none.is_empty() => Standing::Lacks(duty),
            offices => Standing::Where(offices),
        },
        // Which duty is asked for is only known with the thing: all of them may be the one.
        Grant::DutyOfKind(_) => Standing::Where(held(None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Office, commands};
    use crate::association::Tier;
    use crate::base::ids::{AccountId, AssociationId, OfficerId};
    use uuid::Uuid;

    #[test]
    fn a_way_is_open_only_to_whom_the_command_would_admit() {
        let held = |duty, tier| DutyHeld {
            duty,
            at: Office::Association { id: AssociationId(Uuid::from_u128(1)), tier, prefecture: None },
        };
        for duty in Duty::ALL {
            for tier in Tier::ALL {
                let actor = Actor::Officer {
                    account: AccountId(Uuid::nil()),
                    officer: OfficerId(Uuid::nil()),
                    duties: vec![held(*duty, *tier)],
                };
                for command in commands() {
                    let ways = explain(&actor, command);
                    assert_eq!(ways.len(), command.who.len(), "{}", command.name);
                    let open = ways.iter().any(|(_, standing)| *standing == Standing::Open);
                    let admitted = command.check(&actor, &crate::access::Ground::default()).is_ok();
                    assert_eq!(open, admitted, "{} for {duty} at {tier}", command.name);
                    for (grant, standing) in ways {
                        if let (Grant::Duty(wanted, _), Standing::Where(offices)) = (grant, &standing) {
                            assert!(offices.iter().all(|office| office.duty == wanted), "{}", command.name);
                        }
                    }
                }
            }
        }
    }
}
