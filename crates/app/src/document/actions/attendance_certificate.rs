//! Attendance certificates, one by one: for the physician who was there.

use super::{CODE, issued, page};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::{dialect, number};
use crate::document::lists::attendance_certificate::{self as lists, Attended, Whom};
use crate::error::{Error, Result};
use crate::secret;
use crate::training::Standing;
use chrono::{DateTime, Utc};
use mamis_documents::{AttendanceCertificate, Seal, Signatory, Verification};
use mamis_rules::access;
use mamis_rules::access::document::Kind;
use mamis_rules::association::Host;
use mamis_rules::base::{DocumentId, FiscalYear, TrainingId};
use mamis_schema::{association, document, training};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// The certificate of the physician who asks: the one that is good, or a new one where there is none or what it says
/// has changed since (a name, a corrected attendance).
///
/// # Errors
/// [`Error::NotFound`] for whoever was not there; [`Error::Refused`] before the host has released the credits.
#[crate::boxed]
pub async fn issue(cx: &Cx, id: TrainingId) -> Result<DocumentId> {
    let physician = cx.actor.physician().ok_or(Error::NotFound)?;
    let mut tx = cx.begin().await?;
    dialect::lock_physician(tx.db(), physician.into()).await?;
    let row = training::Entity::find_by_id(Uuid::from(id)).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let standing = Standing::of(tx.db(), row).await?;
    let facts = access::attendance::Facts { physician: Some(physician), ..standing.attendance_facts() };
    access::attendance::may_download_certificate(&cx.actor, &facts)?;
    // Whoever has nothing to do with a training does not learn that it exists.
    if !lists::is_known(tx.db(), standing.row.id, physician.into()).await? {
        return Err(Error::NotFound);
    }
    if let Some(why) = lists::not_yet(&standing, cx.now) {
        return Err(Error::refused(why));
    }
    let own = [Uuid::from(physician)];
    let mine = lists::attended(tx.db(), &standing, Whom::These(&own)).await?;
    let mine = mine.into_iter().next().ok_or_else(|| {
        Error::refused(
            "この研修会には、出席の記録がありません。出席されたときは、主催者へお問い合わせください。",
        )
    })?;
    let good = lists::good(tx.db(), standing.row.id, Whom::These(&own)).await?;
    let signatory = signatory(tx.db(), &standing).await?;
    let wanted = wanted(cx, &standing, &signatory, &mine);
    if let Some(row) = good.iter().find(|row| still_says(row, &wanted)) {
        return Ok(row.id.into());
    }
    let first = number::next(tx.db(), &series(cx)).await?;
    let made = new(cx, &standing, wanted, (mine.physician, first), good.first())?;
    let id = made.id;
    replace(cx, &tx, &good).await?;
    tx.audit(entry(&made));
    document::ActiveModel::from(made).reset_all().insert(tx.db()).await?;
    tx.commit().await?;
    Ok(id.into())
}

/// The series of the numbers of this fiscal year.
pub(crate) fn series(cx: &Cx) -> String {
    format!("document/attendance_certificate/{}", FiscalYear::of(cx.today()).0)
}

/// Who signs: the president of the association that held it; an external organizer without a name, since none is known.
pub(crate) async fn signatory(db: &impl ConnectionTrait, standing: &Standing) -> Result<Signatory> {
    let name = standing.row.host_name.clone();
    Ok(match standing.row.host_association {
        None => Signatory { association: name, title: String::new(), name: String::new() },
        Some(host) => {
            let row = association::Entity::find_by_id(host).one(db).await?.ok_or(Error::NotFound)?;
            // Without a president the form leaves a line to sign on.
            Signatory {
                association: name, title: "会長".to_owned(), name: row.president.unwrap_or_default()
            }
        }
    })
}

/// What would be printed now; number and code are given when it is issued.
pub(crate) fn wanted(
    cx: &Cx,
    standing: &Standing,
    signatory: &Signatory,
    attended: &Attended,
) -> AttendanceCertificate {
    let row = &standing.row;
    AttendanceCertificate {
        number: String::new(),
        name: attended.name.clone(),
        registry_number: attended.registry_number.clone(),
        training: row.title.clone(),
        hosts: row.host_name.clone(),
        days: attended.days.clone(),
        venue: if row.mode == "web" { "Web開催".to_owned() } else { row.venue.clone() },
        sessions: attended.sessions.clone(),
        issued: cx.today(),
        signatory: signatory.clone(),
        seal: Seal::Omitted,
        verification: Verification::None,
    }
}

/// Whether a certificate says what would be printed now. Who signs and when makes no other certificate: a new president
/// does not undo what the one before has signed.
pub(crate) fn still_says(row: &document::Model, wanted: &AttendanceCertificate) -> bool {
    let Ok(printed) = serde_json::from_str::<AttendanceCertificate>(&row.data) else { return false };
    let bare = AttendanceCertificate {
        number: String::new(),
        issued: wanted.issued,
        signatory: wanted.signatory.clone(),
        verification: Verification::None,
        ..printed
    };
    bare == *wanted
}

/// The row of a certificate with the number of its series.
pub(crate) fn new(
    cx: &Cx,
    standing: &Standing,
    wanted: AttendanceCertificate,
    (physician, count): (Uuid, i64),
    before: Option<&document::Model>,
) -> Result<document::Model> {
    let code = secret::random_code(CODE);
    let number = format!("J{}-{count:06}", FiscalYear::of(cx.today()).0);
    let printed = AttendanceCertificate { number: number.clone(), verification: page(cx, &code), ..wanted };
    let issuer = match standing.host() {
        Host::Association(id) => Uuid::from(id),
        Host::Organizer(id) => id.into(),
    };
    Ok(document::Model {
        physician: Some(physician),
        training: Some(standing.row.id),
        verification_code: Some(code),
        reissue_of: before.map(|row| row.id),
        ..issued(cx, Kind::AttendanceCertificate, (number, issuer), &printed)?
    })
}

/// The entry about a new certificate; it names the person.
pub(crate) fn entry(row: &document::Model) -> Entry {
    let entry = Entry::new("document.issue", "document", row.id);
    let entry = entry.with(json!({"kind": row.kind, "number": row.number, "training": row.training}));
    match row.physician {
        Some(physician) => entry.about(physician.into()),
        None => entry,
    }
}

/// Ends certificates that another one stands in for, or that are no longer true.
pub(crate) async fn replace(cx: &Cx, tx: &Tx<'_>, rows: &[document::Model]) -> Result<()> {
    for chunk in rows.chunks(500) {
        document::Entity::update_many()
            .col_expr(document::Column::RevokedAt, Expr::value(Some::<DateTime<Utc>>(cx.now)))
            .filter(document::Column::Id.is_in(chunk.iter().map(|row| row.id)))
            .filter(document::Column::RevokedAt.is_null())
            .exec(tx.db())
            .await?;
    }
    Ok(())
}

/// Ends the certificates of a training that a correction of its attendance has made untrue. Where credits stand behind
/// them there are none to end: attendance is corrected before the credits are released.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn withdraw_untrue(cx: &Cx, tx: &mut Tx<'_>, standing: &Standing) -> Result<()> {
    if !standing.lines.is_empty() {
        return Ok(());
    }
    let good = lists::good(tx.db(), standing.row.id, Whom::Everybody).await?;
    if good.is_empty() {
        return Ok(());
    }
    let signatory = signatory(tx.db(), standing).await?;
    let now: HashMap<Uuid, Attended> = lists::attended(tx.db(), standing, Whom::Everybody)
        .await?
        .into_iter()
        .map(|person| (person.physician, person))
        .collect();
    let is_untrue = |row: &document::Model| {
        let person = row.physician.and_then(|id| now.get(&id));
        person.is_none_or(|person| !still_says(row, &wanted(cx, standing, &signatory, person)))
    };
    let untrue: Vec<document::Model> = good.into_iter().filter(is_untrue).collect();
    replace(cx, tx, &untrue).await?;
    for row in &untrue {
        let mut entry = Entry::new("document.revoke", "document", row.id)
            .with(json!({"kind": row.kind, "number": row.number, "because": "attendance"}));
        if let Some(physician) = row.physician {
            entry = entry.about(physician.into());
        }
        tx.audit(entry);
    }
    Ok(())
}
