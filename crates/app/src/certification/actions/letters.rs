//! Who hears of the loss of a title.

use crate::application::advance::officers;
use crate::application::lists::home;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::mail::{Letter, Recipient, queue_all};
use mamis_rules::access::Duty;
use mamis_rules::association::Tier;
use mamis_rules::base::{Day, PhysicianId, full_name};
use mamis_rules::certification::Loss;
use mamis_rules::credit::Scheme;
use mamis_schema::{certification, physician};
use sea_orm::EntityTrait;
use serde_json::json;

/// Tells the physician, by post where no address is verified, and the certification officers of the associations
/// between the physician and the national tier. Nobody writes to the dead.
pub(super) async fn ended(
    cx: &Cx,
    tx: &mut Tx<'_>,
    row: &certification::Model,
    loss: Loss,
    on: Day,
    reason: &str,
) -> Result<()> {
    let person = physician::Entity::find_by_id(row.physician).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let scheme: Scheme = row.scheme.parse().map_err(Error::fault)?;
    let name = full_name(&person.family_name, &person.given_name);
    let physician = PhysicianId::from(row.physician);
    let data = json!({
        "name": name, "scheme": scheme.label(), "certificate_number": row.number, "ended_on": on.japanese(),
        "loss": loss.label(), "reason": reason, "link": format!("{}/my", cx.app.settings.public_url),
    });
    let mut letters = Vec::new();
    if loss != Loss::Died && person.deceased_on.is_none() {
        letters.push(Letter::new("certification_ended", Recipient::Physician(physician), &data)?);
    }
    let home = home::of(tx.db(), physician, cx.today()).await?;
    for body in home.bodies.iter().filter(|body| matches!(body.tier, Tier::Municipal | Tier::Prefectural)) {
        for (id, officer) in officers(tx.db(), Duty::Certification, cx.today(), body.id).await? {
            let data = json!({
                "name": officer, "office": body.name, "holder": name, "scheme": scheme.label(),
                "certificate_number": row.number, "ended_on": on.japanese(), "loss": loss.label(),
                "reason": reason, "link": format!("{}/certifications/{}", cx.app.settings.public_url, row.id),
            });
            let to = Recipient::Officer(id.into());
            letters.push(Letter::new("certification_ended_office", to, &data)?);
        }
    }
    queue_all(cx, tx, letters).await
}
