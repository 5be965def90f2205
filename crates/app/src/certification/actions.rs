//! Duplicates of certificates, and the loss of a title.

pub(crate) mod issue;
mod letters;

use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::scope;
use crate::document::actions::certificate::{self, Issue};
use crate::error::{Error, Problem, Result};
use crate::physician::actions::record::{self, Origin};
use mamis_rules::access;
use mamis_rules::access::document::Kind;
use mamis_rules::base::{CertificationId, Day, PhysicianId};
use mamis_rules::certification::{CertificateNumber, Loss, check_loss};
use mamis_schema::{certification, document, physician};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

/// Issues a duplicate of a certificate. The earlier file is marked as replaced; the ledger says who and why.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for other tiers, [`Error::Invalid`] without a reason.
#[crate::boxed]
pub async fn reissue(cx: &Cx, id: CertificationId, reason: &str) -> Result<()> {
    if reason.is_empty() {
        return Err(Error::invalid("reason", "再発行の理由を入力してください。"));
    }
    let mut tx = cx.begin().await?;
    let row = load(cx, &tx, id).await?;
    access::certification::may_reissue(&cx.actor)?;
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

/// The loss of a title, as typed.
#[derive(Clone, Debug)]
pub struct Ending {
    /// How it is lost.
    pub loss: Option<Loss>,
    /// The first day without the title.
    pub on: Option<Day>,
    /// Why, in words; the letter to the physician says it.
    pub reason: String,
    /// The certificate number once more: the loss cannot be taken back, and no number resembles another.
    pub number: String,
}

impl Ending {
    fn read(&self, row: &certification::Model, held_from: Day, today: Day) -> Result<(Loss, Day)> {
        let mut problems = Vec::new();
        let mut add = |field: &str, text: &str| problems.push(Problem::at(field, text));
        if self.loss.is_none() {
            add("loss", "資格を失う理由を選んでください。");
        }
        match self.on {
            None => add("on", "資格を失う日を入力してください。"),
            Some(on) => {
                if let Err(sentence) = check_loss(self.loss, held_from, on, today) {
                    add("on", sentence);
                }
            }
        }
        if self.reason.is_empty() {
            add("reason", "くわしい理由を入力してください。本人への通知に書かれます。");
        }
        if self.number.parse::<CertificateNumber>().ok() != row.number.parse().ok() {
            add("number", "この認定の認定番号と違います。対象の人を確認して、もう一度入力してください。");
        }
        match (self.loss, self.on) {
            (Some(loss), Some(on)) if problems.is_empty() => Ok((loss, on)),
            _ => Err(Error::Invalid(problems)),
        }
    }
}

/// Records the loss of the title, for every period of the number that is not over on that day. The ledger stays;
/// the physician and the offices on the way are told. A loss by death is the physician's death: nobody writes to them
/// or applies for them from then on.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for other tiers, [`Error::Invalid`] with what is missing,
/// [`Error::Stale`] when a loss is recorded already.
#[crate::boxed]
pub async fn end(cx: &Cx, id: CertificationId, ending: &Ending) -> Result<()> {
    let mut tx = cx.begin().await?;
    let row = load(cx, &tx, id).await?;
    access::certification::may_end(&cx.actor)?;
    if row.ended_on.is_some() {
        return Err(Error::Stale(RECORDED.to_owned()));
    }
    let held_from = held_from(cx, &tx, &row).await?;
    let (loss, on) = ending.read(&row, held_from, cx.today())?;
    let not_over = certification::Column::ValidUntil.gte(on.date());
    let changed = certification::Entity::update_many()
        .col_expr(certification::Column::EndedOn, Expr::value(on.date()))
        .col_expr(certification::Column::EndedAs, Expr::value(loss.name()))
        .col_expr(certification::Column::EndedReason, Expr::value(ending.reason.as_str()))
        .filter(certification::Column::Scheme.eq(row.scheme.as_str()))
        .filter(certification::Column::Number.eq(row.number.as_str()))
        .filter(not_over.or(certification::Column::Id.eq(row.id)))
        .filter(certification::Column::EndedOn.is_null())
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(Error::Stale(RECORDED.to_owned()));
    }
    if loss == Loss::Died {
        record_death(cx, &tx, row.physician, on).await?;
    }
    letters::ended(cx, &mut tx, &row, loss, on, &ending.reason).await?;
    let detail = json!({"number": row.number, "ended_on": on, "loss": loss.name(), "reason": ending.reason});
    tx.audit(
        Entry::new("certification.end", "certification", row.id)
            .about(PhysicianId::from(row.physician))
            .with(detail),
    );
    tx.commit().await
}

/// Since when the title is held: a period that was granted ahead and has not begun continues the one before.
async fn held_from(cx: &Cx, tx: &Tx<'_>, row: &certification::Model) -> Result<Day> {
    let from = Day::from(row.valid_from);
    let before = match row.previous.filter(|_| from > cx.today()) {
        Some(id) => certification::Entity::find_by_id(id).one(tx.db()).await?,
        None => None,
    };
    Ok(before.map_or(from, |before| Day::from(before.valid_from)))
}

/// The day of the loss is the day of the death [assumed]; a day known before stays.
async fn record_death(cx: &Cx, tx: &Tx<'_>, physician: Uuid, on: Day) -> Result<()> {
    let before = physician::Entity::find_by_id(physician).one(tx.db()).await?.ok_or(Error::NotFound)?;
    if before.deceased_on.is_some() {
        return Ok(());
    }
    let after = physician::Model { deceased_on: Some(on.date()), ..before.clone() };
    record::write(cx, tx, &before, after, Origin::of(cx)).await?;
    Ok(())
}

const RECORDED: &str = "資格喪失は、すでに記録されています。";

async fn load(cx: &Cx, tx: &Tx<'_>, id: CertificationId) -> Result<certification::Model> {
    certification::Entity::find_by_id(Uuid::from(id))
        .filter(scope::certifications(&access::certification::visible_to(&cx.actor), cx.today()))
        .one(tx.db())
        .await?
        .ok_or(Error::NotFound)
}

/// Leaves a trace of the ledger that leaves the system as a file.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn note_export(cx: &Cx, rows: usize) -> Result<()> {
    let mut tx = cx.begin().await?;
    tx.audit(Entry::of_list("certification.export", "certification").with(json!({"rows": rows})));
    tx.commit().await
}

/// Leaves a trace of an officer's look at somebody's certification.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn note_look(cx: &Cx, id: CertificationId, physician: PhysicianId) -> Result<()> {
    let mut tx = cx.begin().await?;
    tx.audit(Entry::new("certification.look", "certification", id).about(physician));
    tx.commit().await
}
