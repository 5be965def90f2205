//! Duplicates of certificates, and the loss of a title.

pub(crate) mod issue;

use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::scope;
use crate::document::actions::certificate::{self, Issue};
use crate::error::{Error, Problem, Result};
use mamis_rules::access;
use mamis_rules::access::document::Kind;
use mamis_rules::base::{CertificationId, Day, PhysicianId};
use mamis_schema::{certification, document};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

/// Issues a duplicate of a certificate. The earlier file is marked as replaced; the ledger says who and why.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for other tiers, [`Error::Invalid`] without a reason.
pub async fn reissue(cx: &Cx, id: CertificationId, reason: &str) -> Result<()> {
    if reason.is_empty() {
        return Err(Error::invalid("reason", "再発行の理由を入力してください。"));
    }
    let mut tx = cx.begin().await?;
    let row = load(cx, &tx, id).await?;
    access::certification::may_reissue(&cx.actor, &facts(&row))?;
    let latest = document::Entity::find()
        .filter(document::Column::Certification.eq(row.id))
        .filter(document::Column::Kind.eq(Kind::Certificate.name()))
        .order_by_desc(document::Column::CreatedAt)
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::refused("この認定の認定証はこのシステムから発行されていません。"))?;
    document::Entity::update_many()
        .col_expr(document::Column::RevokedAt, Expr::value(cx.now))
        .filter(document::Column::Id.eq(latest.id))
        .exec(tx.db())
        .await?;
    certificate::write(cx, &mut tx, &row, latest.issuer.into(), Issue::Again(latest.id.into())).await?;
    tx.audit(
        Entry::new("certification.reissue", "certification", row.id)
            .about(PhysicianId::from(row.physician))
            .with(json!({"number": row.number, "reason": reason})),
    );
    tx.commit().await
}

/// Records the loss of the title: declined, not renewed or revoked. The ledger stays.
///
/// # Errors
/// As [`reissue`]; [`Error::Stale`] when a loss is recorded already.
pub async fn end(cx: &Cx, id: CertificationId, ended_on: Day, reason: &str) -> Result<()> {
    if reason.is_empty() {
        return Err(Error::Invalid(vec![Problem::at("reason", "資格喪失の理由を入力してください。")]));
    }
    let mut tx = cx.begin().await?;
    let row = load(cx, &tx, id).await?;
    access::certification::may_end(&cx.actor, &facts(&row))?;
    let changed = certification::Entity::update_many()
        .col_expr(certification::Column::EndedOn, Expr::value(ended_on.date()))
        .col_expr(certification::Column::EndedReason, Expr::value(reason))
        .filter(certification::Column::Id.eq(row.id))
        .filter(certification::Column::EndedOn.is_null())
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(Error::Stale("資格喪失は、すでに記録されています。".to_owned()));
    }
    tx.audit(
        Entry::new("certification.end", "certification", row.id)
            .about(PhysicianId::from(row.physician))
            .with(json!({"number": row.number, "ended_on": ended_on.to_string(), "reason": reason})),
    );
    tx.commit().await
}

async fn load(cx: &Cx, tx: &Tx<'_>, id: CertificationId) -> Result<certification::Model> {
    certification::Entity::find_by_id(Uuid::from(id))
        .filter(scope::certifications(&access::certification::visible_to(&cx.actor), cx.today()))
        .one(tx.db())
        .await?
        .ok_or(Error::NotFound)
}

/// Enough for what only the national tier may do.
fn facts(row: &certification::Model) -> access::certification::Facts {
    access::certification::Facts {
        holder: row.physician.into(),
        belongs_at_or_below: Vec::new(),
        works_within: Vec::new(),
        desk: None,
    }
}
