//! Tells certified physicians that the validity ends: by mail, or on the post list.

use super::lists::{Place, facts, measures};
use crate::application::lists::deadline::{calendar, on_the_way};
use crate::application::lists::{evidence, home};
use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::jobs::Report;
use crate::mail::{self, Letter, Recipient};
use crate::my::standing::Claim;
use mamis_rules::base::{Day, PhysicianId, full_name};
use mamis_rules::certification::notice;
use mamis_rules::credit::{Kind, Scheme};
use mamis_schema::{certification as table, outbox, physician, special_measure};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

/// Certifications of one page; each letter is a transaction of its own.
const PAGE: u64 = 500;

/// Sends the notices that are due today: a year, four, two and one month before the expiry. Each goes out once:
/// the row in the outbox is the proof, however often the job runs.
///
/// # Errors
/// A fault of the database; letters queued before it stay queued.
#[crate::boxed]
pub async fn expiry_notices(cx: &Cx) -> Result<Report> {
    let measures = measures(cx.db()).await?;
    let (mut sent, mut last) = (0, Uuid::nil());
    loop {
        let page = ending(cx, last, &measures).await?;
        let Some(row) = page.last() else { break };
        last = row.id;
        for row in &page {
            cx.app.stopping.check()?;
            if let Some(notice) = due(cx, row, &measures) {
                sent += u64::from(send(cx, row, notice, &measures).await?);
            }
        }
    }
    Ok(Report { done: sent, sentence: format!("{sent} expiry notices queued") })
}

/// Certifications that end within a year, or that a special measure prolongs, and that no later period of the
/// same number follows.
async fn ending(cx: &Cx, after: Uuid, measures: &[special_measure::Model]) -> Result<Vec<table::Model>> {
    let continued = Query::select()
        .column(table::Column::Previous)
        .from(table::Entity)
        .and_where(table::Column::Previous.is_not_null())
        .to_owned();
    let earliest = measures.iter().map(|row| row.expired_from).min().unwrap_or(cx.today().date());
    Ok(table::Entity::find()
        .filter(table::Column::Id.gt(after))
        .filter(table::Column::ValidUntil.gte(earliest.min(cx.today().date())))
        .filter(table::Column::ValidUntil.lte(cx.today().plus_years(1).date()))
        .filter(table::Column::EndedOn.is_null())
        .filter(table::Column::Id.not_in_subquery(continued))
        .order_by_asc(table::Column::Id)
        .limit(PAGE)
        .all(cx.db())
        .await?)
}

/// The last day that counts.
fn expires_on(row: &table::Model, measures: &[special_measure::Model]) -> Day {
    facts(row, Place::Last, measures).expires_on()
}

fn due(cx: &Cx, row: &table::Model, measures: &[special_measure::Model]) -> Option<notice::Notice> {
    notice::due(expires_on(row, measures), cx.today())
}

/// Queues the letter unless it went out before; false when it did.
async fn send(
    cx: &Cx,
    row: &table::Model,
    notice: notice::Notice,
    measures: &[special_measure::Model],
) -> Result<bool> {
    let expires_on = expires_on(row, measures);
    let mut tx = cx.begin().await?;
    let scheme: Scheme = row.scheme.parse().map_err(Error::fault)?;
    let person = physician::Entity::find_by_id(row.physician).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let sent = outbox::Entity::find()
        .filter(outbox::Column::Kind.eq("expiry_notice"))
        .filter(outbox::Column::Physician.eq(row.physician))
        .filter(outbox::Column::CreatedAt.gte(super::lists::start_of(notice.send_on(expires_on))))
        .filter(outbox::Column::Body.contains(row.number.as_str()))
        .one(tx.db())
        .await?;
    if sent.is_some() || person.deceased_on.is_some() || person.merged_into.is_some() {
        return Ok(false);
    }
    let (deadline, missing) = outlook(cx, tx.db(), row, scheme, expires_on).await?;
    let data = json!({
        "deadline": deadline,
        "missing": missing,
        "name": full_name(&person.family_name, &person.given_name),
        "scheme": scheme.label(),
        "certificate_number": row.number,
        "valid_until": expires_on.japanese(),
        "link": format!("{}/my", cx.app.settings.public_url),
    });
    mail::queue(
        cx,
        &mut tx,
        Letter::new("expiry_notice", Recipient::Physician(row.physician.into()), &data)?,
    )
    .await?;
    tx.audit(
        Entry::new("certification.notify", "certification", row.id)
            .about(row.physician.into())
            .with(json!({"number": row.number, "expires_on": expires_on.to_string()})),
    );
    tx.commit().await?;
    Ok(true)
}

/// Until when to apply, and what is still missing, as the physician's own page says it.
async fn outlook(
    cx: &Cx,
    db: &impl ConnectionTrait,
    row: &table::Model,
    scheme: Scheme,
    expires_on: Day,
) -> Result<(String, Vec<String>)> {
    let (physician, today) = (PhysicianId::from(row.physician), cx.today());
    let home = home::of(db, physician, today).await?;
    let way = on_the_way(&home);
    let windows = calendar(db, scheme, &way, today).await?;
    let deadline = windows.deadline(&way, Some(expires_on), today).apply_by();
    let evidence = evidence(db, physician, today).await?;
    let standing = evidence.standing(scheme, Kind::Renewal, Claim::default(), today);
    let missing = standing.map(|standing| standing.evaluation.missing).unwrap_or_default();
    Ok((deadline.map_or_else(|| "事務局にお問い合わせください".to_owned(), Day::japanese), missing))
}
