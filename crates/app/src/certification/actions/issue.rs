//! Gives the certification that an application asked for, with its certificate.

use crate::application::advance::Moved;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::number;
use crate::document;
use crate::error::{Error, Result};
use mamis_rules::base::{Day, Period, PhysicianId};
use mamis_rules::certification::{CertificateNumber, initial_validity, next_validity};
use mamis_schema::{application, certification};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Writes the certification and its certificate. A renewal keeps the number and begins the day after the period
/// before; that row stays as it is and is named as `previous`.
pub(crate) async fn issue(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let application = moved.after;
    let given = certification::Entity::find()
        .filter(certification::Column::Application.eq(application.id))
        .one(tx.db())
        .await?;
    if given.is_some() {
        return Err(Error::fault(format!("application {} has its certification already", application.id)));
    }
    let previous = previous(tx, application).await?;
    if previous.as_ref().is_some_and(|before| before.ended_on.is_some()) {
        return Err(Error::refused("更新する認定は、資格を失っています。申請を差し戻すか却下してください。"));
    }
    let (number, validity) = match &previous {
        Some(before) => (before.number.clone(), next_validity(period(before))),
        None => (next_number(tx, &application.scheme).await?, initial_validity(cx.today())),
    };
    let row = certification::Model {
        id: Uuid::now_v7(),
        scheme: application.scheme.clone(),
        number,
        physician: application.physician,
        valid_from: validity.from.date(),
        valid_until: validity.until.date(),
        previous: previous.map(|before| before.id),
        ended_on: None,
        ended_as: None,
        ended_reason: None,
        application: Some(application.id),
        created_at: cx.now,
    };
    certification::ActiveModel::from(row.clone()).reset_all().insert(tx.db()).await?;
    tx.audit(
        Entry::new("certification.issue", "certification", row.id)
            .about(PhysicianId::from(row.physician))
            .with(json!({"scheme": row.scheme, "number": row.number, "from": validity.from, "until": validity.until})),
    );
    let issuer =
        moved.step.association.ok_or_else(|| Error::fault("a certificate is issued by an association"))?;
    document::actions::certificate::write(cx, tx, &row, issuer, document::actions::certificate::Issue::First)
        .await
}

/// The period that a renewal continues; an initial application has none.
async fn previous(tx: &Tx<'_>, application: &application::Model) -> Result<Option<certification::Model>> {
    match application.certification {
        None => Ok(None),
        Some(id) => Ok(certification::Entity::find_by_id(id).one(tx.db()).await?),
    }
}

async fn next_number(tx: &Tx<'_>, scheme: &str) -> Result<String> {
    let count = number::next(tx.db(), &format!("certification/{scheme}")).await?;
    Ok(CertificateNumber(u32::try_from(count).map_err(Error::fault)?).to_string())
}

/// The validity as printed.
pub(crate) fn period(row: &certification::Model) -> Period {
    Period { from: Day::from(row.valid_from), until: Day::from(row.valid_until) }
}
