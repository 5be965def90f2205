//! One step of an application on its way to the certificate.

mod actions;
mod lists;

pub use actions::advance;
pub(crate) use lists::officers;
pub use lists::{circumstances, has_somebody, route};

use mamis_rules::association::Tier;
use mamis_rules::base::{AssociationId, BatchId};
use mamis_rules::credit::{Kind, Scheme};
use mamis_rules::flow::certification::{self as flow, Command, State};
use mamis_rules::flow::{Desk, Who};
use mamis_schema::application;

/// What is done with an application, by whom.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The command of the flow.
    pub command: Command,
    /// The party whose act it is; the caller has asked `rules::access` whether the actor may act for it.
    pub who: Who,
    /// The association that acts; none for the applicant.
    pub association: Option<AssociationId>,
    /// Reason or remark, shown to the applicant when an application is returned or rejected.
    pub comment: &'a str,
    /// The batch that the step belongs to.
    pub batch: Option<BatchId>,
}

/// One association of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The association.
    pub association: AssociationId,
    /// Its tier on the day of submission.
    pub tier: Tier,
}

/// What an effect can look at: the application before and after, its route, and what was done.
pub(crate) struct Moved<'a> {
    pub(crate) before: &'a application::Model,
    pub(crate) after: &'a application::Model,
    pub(crate) route: &'a [Stop],
    pub(crate) step: Step<'a>,
}

/// The association of the route at whose desk an application in this state lies; none when the applicant has
/// it or nobody.
pub fn desk_of(route: &[Stop], state: State) -> Option<AssociationId> {
    match flow::desk(state) {
        Desk::Tier(tier) => route.iter().find(|stop| stop.tier == tier).map(|stop| stop.association),
        Desk::Applicant | Desk::Host | Desk::Nobody => None,
    }
}

/// The word for a command in the sentence for whoever came second.
pub fn command_label(name: &str) -> String {
    name.parse::<Command>().map_or_else(|_| name.to_owned(), |command| command.label().to_owned())
}

/// 「認定産業医 更新」, as people call the procedure.
pub fn procedure(scheme: &str, kind: &str) -> String {
    let scheme =
        scheme.parse::<Scheme>().map_or_else(|_| scheme.to_owned(), |scheme| scheme.label().to_owned());
    let kind = kind.parse::<Kind>().map_or_else(|_| kind.to_owned(), |kind| kind.label().to_owned());
    format!("{scheme} {kind}")
}
