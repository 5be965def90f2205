//! Letters that came back after a server had taken them.

use super::delivery::BY_MAIL_ONLY;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::Result;
use crate::mail::bounce::{Bounce, is_dead, read};
use chrono::Duration;
use mamis_rules::base::PhysicianId;
use mamis_schema::outbox;
use outbox::Column as O;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use serde_json::json;

/// Reports that do not repeat the letter are about one of the last so many days: servers try for five days at most
/// (RFC 5321, 4.5.4.1).
const DAYS: i64 = 7;

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The letter is known to have come back.
    Letter {
        /// Status code, e.g. 5.1.1.
        status: String,
        /// No further letter goes to that address.
        dead: bool,
    },
    /// It is about no letter of ours, or about one that is known already.
    Unknown,
}

/// Writes down what a delivery report says, one result for each recipient; none where the message is no such report.
/// The letter goes onto the post list, as one that no server took.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn record(cx: &Cx, message: &[u8]) -> Result<Vec<Recorded>> {
    let mut recorded = Vec::new();
    for bounce in read(message) {
        let mut tx = cx.begin().await?;
        match letter(cx, &tx, &bounce).await? {
            Some((row, is_named)) => {
                let found = came_back(cx, &mut tx, row, &bounce, is_named).await?;
                tx.commit().await?;
                recorded.push(found);
            }
            None => recorded.push(Recorded::Unknown),
        }
    }
    Ok(recorded)
}

/// The letter of a report, and whether the report names it: anybody can write that an address is gone, but only who got
/// the letter knows its Message-ID.
async fn letter(cx: &Cx, tx: &Tx<'_>, bounce: &Bounce) -> Result<Option<(outbox::Model, bool)>> {
    let sent = || {
        outbox::Entity::find()
            .filter(O::Channel.eq("mail"))
            .filter(O::State.eq("sent"))
            .filter(O::BouncedAt.is_null())
    };
    if !bounce.message_id.is_empty() {
        let row = sent().filter(O::MessageId.eq(bounce.message_id.as_str())).one(tx.db()).await?;
        return Ok(row.map(|row| (row, true)));
    }
    let row = sent()
        .filter(O::Address.eq(bounce.address.as_str()))
        .filter(O::SentAt.gt(cx.now - Duration::days(DAYS)))
        .order_by_desc(O::SentAt)
        .one(tx.db())
        .await?;
    Ok(row.map(|row| (row, false)))
}

async fn came_back(
    cx: &Cx,
    tx: &mut Tx<'_>,
    row: outbox::Model,
    bounce: &Bounce,
    is_named: bool,
) -> Result<Recorded> {
    let dead = is_named && is_dead(&bounce.status);
    let mut entry = Entry::new("mail.bounce", "outbox", row.id);
    if let Some(physician) = row.physician {
        entry = entry.about(PhysicianId(physician));
    }
    tx.audit(entry.with(json!({"kind": row.kind, "status": bounce.status})));
    let by_post = row.physician.is_some() && !BY_MAIL_ONLY.contains(&row.kind.as_str());
    let mut change: outbox::ActiveModel = row.into();
    change.bounced_at = Set(Some(cx.now));
    change.bounce = Set(bounce.status.clone());
    change.address_dead = Set(dead);
    change.answer = Set(bounce.words.clone());
    if by_post {
        change.channel = Set("post".to_owned());
        change.state = Set("waiting".to_owned());
    }
    change.update(tx.db()).await?;
    Ok(Recorded::Letter { status: bounce.status.clone(), dead })
}
