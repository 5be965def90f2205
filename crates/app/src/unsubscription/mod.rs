//! Physicians who want no more notices of an office: by the link in each notice, without a login.

pub mod actions;
pub mod lists;

use crate::App;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mamis_rules::base::{AssociationId, PhysicianId};
use uuid::Uuid;

/// What the signature of a link is for.
const PURPOSE: &str = "unsubscribe";

/// Who wants no notices from whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Who.
    pub physician: PhysicianId,
    /// From whom.
    pub association: AssociationId,
}

impl Pair {
    /// The address that ends the notices; it works for ever, as a mail may be read years later.
    pub fn address(self, app: &App) -> String {
        let ids =
            [Uuid::from(self.physician).into_bytes(), Uuid::from(self.association).into_bytes()].concat();
        let ids = URL_SAFE_NO_PAD.encode(ids);
        let signature = app.secret.sign(PURPOSE, &ids);
        format!("{}/unsubscriptions/{ids}.{signature}", app.settings.public_url)
    }

    /// From the last part of that address; none where it is not ours.
    pub fn read(app: &App, token: &str) -> Option<Self> {
        let (ids, signature) = token.split_once('.')?;
        if !app.secret.verifies(PURPOSE, ids, signature) {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(ids).ok()?;
        let (physician, association) = bytes.split_at_checked(16)?;
        Some(Self {
            physician: Uuid::from_slice(physician).ok()?.into(),
            association: Uuid::from_slice(association).ok()?.into(),
        })
    }
}
