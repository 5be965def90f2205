//! Seats that became free and are offered to those who wait: held until the answer or the end of the offer.

pub mod actions;
pub mod jobs;
mod letters;
pub mod lists;

use crate::App;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mamis_rules::base::WaitingOfferId;
use uuid::Uuid;

/// What the signature of a link is for.
const PURPOSE: &str = "seat-offer";

/// The last part of the address of an offer: the offer and our signature over it.
pub fn token(app: &App, id: WaitingOfferId) -> String {
    let id = URL_SAFE_NO_PAD.encode(Uuid::from(id).into_bytes());
    format!("{id}.{}", app.secret.sign(PURPOSE, &id))
}

/// The offer of a link; none where it is not ours.
pub fn read(app: &App, token: &str) -> Option<WaitingOfferId> {
    let (id, signature) = token.split_once('.')?;
    if !app.secret.verifies(PURPOSE, id, signature) {
        return None;
    }
    Uuid::from_slice(&URL_SAFE_NO_PAD.decode(id).ok()?).ok().map(WaitingOfferId)
}
