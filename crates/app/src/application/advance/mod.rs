//! One step of an application of any kind.

mod actions;
mod lists;

pub use actions::advance;
pub(crate) use actions::notify::office_name;
pub(crate) use lists::officers;
pub use lists::{circumstances, has_somebody, route};

use mamis_rules::access::application::Kind as ApplicationKind;
use mamis_rules::association::Tier;
use mamis_rules::base::{AssociationId, BatchId};
use mamis_rules::credit::{Kind, Scheme};
use mamis_rules::flow::route::{Act, Side};
use mamis_rules::flow::{Desk, Who, any};
use mamis_schema::application;

/// What is done with an application, by whom.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// Name of the command of the flow.
    pub command: &'static str,
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
    /// What it does first; one that is informed only reads along.
    pub act: Act,
    /// Former for the association that is left by a transfer.
    pub side: Side,
}

impl Stop {
    /// The party that this association is in the flow.
    pub const fn who(&self) -> Who {
        match self.side {
            Side::Current => Who::Office(self.tier),
            Side::Former => Who::Former,
        }
    }

    /// Whether applications lie on its desk.
    pub fn decides(&self) -> bool {
        self.act != Act::Inform
    }
}

/// What an effect can look at: the application before and after, its route, and what was done.
pub(crate) struct Moved<'a> {
    pub(crate) before: &'a application::Model,
    pub(crate) after: &'a application::Model,
    pub(crate) kind: ApplicationKind,
    pub(crate) route: &'a [Stop],
    pub(crate) step: Step<'a>,
}

/// The association of the route at whose desk an application lies; none when the applicant has
/// it or nobody.
pub fn desk_of(route: &[Stop], desk: Desk) -> Option<AssociationId> {
    let at = |who: Who| route.iter().find(|stop| stop.who() == who && stop.decides());
    match desk {
        Desk::Tier(tier) => at(Who::Office(tier)),
        Desk::Former => at(Who::Former),
        Desk::Applicant | Desk::Host | Desk::Nobody => None,
    }
    .map(|stop| stop.association)
}

/// The word for a command in the sentence for whoever came second.
pub fn command_label(name: &str) -> String {
    any::command_label(name).unwrap_or(name).to_owned()
}

/// 「認定産業医 更新」 or 「入会」: what people call an application of any kind.
pub fn title(kind: &str, scheme: &str, certification_kind: &str) -> String {
    match kind.parse::<ApplicationKind>() {
        Ok(kind) if kind != ApplicationKind::Certification => kind.label().to_owned(),
        _ => procedure(scheme, certification_kind),
    }
}

/// 「認定産業医 更新」, as people call the procedure.
pub fn procedure(scheme: &str, kind: &str) -> String {
    let scheme =
        scheme.parse::<Scheme>().map_or_else(|_| scheme.to_owned(), |scheme| scheme.label().to_owned());
    let kind = kind.parse::<Kind>().map_or_else(|_| kind.to_owned(), |kind| kind.label().to_owned());
    format!("{scheme} {kind}")
}
