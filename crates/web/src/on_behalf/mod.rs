//! Entry on behalf: an officer fills in a physician's own forms from the physician's paper.
//!
//! `/on-behalf/{physician}/…` answers with the pages that the physician has at `/…`, as far as they are forms to fill
//! in. Nothing of them is written twice; who types is named in every record.

pub mod pages;

use mamis_app::Who;
use mamis_rules::access::Actor;

/// Whom the officer of this request fills in forms for.
#[derive(Clone, Debug)]
pub struct StandIn {
    /// As the rules see the request: the physician, with the officer's account.
    pub actor: Actor,
    /// As records name the request: the officer.
    pub who: Who,
    /// The physician's name.
    pub name: String,
    /// What stands before every address: `/on-behalf/<physician>`.
    pub base: String,
}
