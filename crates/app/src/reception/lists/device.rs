//! What a tablet keeps for a day without a line: whom it may meet at the door, and the key that tells true tickets.

use crate::attendance::lists::all;
use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::Result;
use crate::signup::ticket;
use crate::training::standing;
use chrono::{DateTime, TimeDelta, Utc};
use mamis_rules::access;
use mamis_rules::base::{SignupId, TrainingId};
use serde_json::json;

/// How long after the training the tablet forgets the people: evening sessions are settled the next day.
const KEPT_HOURS: i64 = 36;

/// Somebody signed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The seat, as a ticket names it.
    pub signup: SignupId,
    /// What stands beneath the QR code.
    pub number: String,
    /// Full name.
    pub name: String,
    /// Its reading.
    pub kana: String,
    /// Licence registry number; empty when unknown.
    pub registry_number: String,
}

/// What the tablet keeps.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Everybody with a seat, by reading.
    pub people: Vec<Expected>,
    /// Ed25519 public key of the tickets.
    pub key: Vec<u8>,
    /// When the tablet must forget it.
    pub until: DateTime<Utc>,
}

/// The list for a tablet; handing it out leaves an entry, because the names leave the server.
///
/// # Errors
/// [`crate::Error::NotFound`], or a refusal for anybody but the host's officers.
#[crate::boxed]
pub async fn keep(cx: &Cx, id: TrainingId) -> Result<Kept> {
    let mut tx = cx.begin().await?;
    let standing = standing::load(cx, tx.db(), id).await?;
    access::training::may_receive(&cx.actor, &standing.facts())?;
    let secret = &cx.app.secret;
    let people: Vec<Expected> = all(tx.db(), standing.row.id)
        .await?
        .iter()
        .filter_map(|person| {
            let signup = SignupId(person.signup?);
            Some(Expected {
                signup,
                number: ticket::number(secret, signup, person.order_number?),
                name: person.name(),
                kana: person.kana(),
                registry_number: person.registry_number.clone().unwrap_or_default(),
            })
        })
        .collect();
    tx.audit(Entry::new("reception.keep", "training", id).with(json!({"people": people.len()})));
    tx.commit().await?;
    Ok(Kept {
        people,
        key: ticket::public_key(secret),
        until: standing.row.ends_at + TimeDelta::hours(KEPT_HOURS),
    })
}
