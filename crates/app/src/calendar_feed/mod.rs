//! 予定表の購読: a physician's own trainings as a calendar that a telephone fetches by itself. Whoever has the address
//! reads it, so it can be replaced and ended.

pub mod actions;
pub mod icalendar;
pub mod lists;

use crate::App;
use uuid::Uuid;

/// What the signature of an address is for.
const PURPOSE: &str = "calendar_feed";

/// The address of a feed. It can be shown again at any time, and it ends with the row: nothing secret is stored.
pub fn address(app: &App, feed: Uuid) -> String {
    let id = feed.simple().to_string();
    let signature = app.secret.sign(PURPOSE, &id);
    format!("{}/calendars/{id}-{signature}.ics", app.settings.public_url)
}

/// The feed that a file name means, if its signature is ours.
pub(crate) fn feed_of(app: &App, file: &str) -> Option<Uuid> {
    let (id, signature) = file.strip_suffix(".ics")?.split_once('-')?;
    app.secret.verifies(PURPOSE, id, signature).then(|| Uuid::try_parse(id).ok()).flatten()
}
