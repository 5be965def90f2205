//! Letters about offered seats.

use super::lists::Offered;
use super::token;
use crate::cx::{Cx, Tx};
use crate::error::Result;
use crate::mail::{Letter, Recipient};
use crate::training::letters::{held_at, link, moment, officers};
use mamis_rules::association::Host;
use mamis_rules::base::{OfficerId, PhysicianId};
use mamis_schema::training;
use serde_json::json;

/// A seat is free and held, until when, and where to answer.
///
/// # Errors
/// A fault of the template.
pub(super) fn offered(cx: &Cx, row: &training::Model, person: &Offered) -> Result<Letter> {
    let place = if row.mode == "web" {
        "Web（参加方法は主催者からお知らせします）"
    } else {
        &row.venue
    };
    let address =
        format!("{}/seat-offers/{}", cx.app.settings.public_url, token(&cx.app, person.offer.into()));
    let data = json!({
        "name": person.name, "number": row.number, "title": row.title,
        "held_at": held_at(row.starts_at, row.ends_at), "venue": place, "host": row.host_name,
        "until": moment(person.expires_at), "link": address,
    });
    Letter::new("seat_offered", Recipient::Physician(person.physician.into()), &data)
}

/// The offer was not answered in time.
///
/// # Errors
/// A fault of the template.
pub(super) fn over(cx: &Cx, row: &training::Model, physician: PhysicianId, name: &str) -> Result<Letter> {
    let data = json!({
        "name": name, "number": row.number, "title": row.title, "held_at": held_at(row.starts_at, row.ends_at),
        "link": link(cx, row.id),
    });
    Letter::new("offer_over", Recipient::Physician(physician), &data)
}

/// The host's officers learn how many must be called.
///
/// # Errors
/// A fault of the database or the template.
pub(super) async fn call(cx: &Cx, tx: &Tx<'_>, row: &training::Model, count: u64) -> Result<Vec<Letter>> {
    let host = match (row.host_association, row.host_organizer) {
        (Some(id), _) => Host::Association(id.into()),
        (None, id) => Host::Organizer(id.unwrap_or_default().into()),
    };
    let what = format!(
        "キャンセル待ちの{count}名に空席を案内しましたが、メールが届かない人です。期限までに電話で知らせ、返事を入力してください。"
    );
    let to = officers(cx, tx.db(), host).await?;
    let letters = to.iter().map(|officer| {
        let data = json!({
            "name": officer.name, "number": row.number, "title": row.title,
            "held_at": held_at(row.starts_at, row.ends_at), "what": what, "comment": "",
            "link": format!("{}/waiting-list", link(cx, row.id)),
        });
        Letter::new("training_progress", Recipient::Officer(OfficerId(officer.id)), &data)
    });
    letters.collect()
}
