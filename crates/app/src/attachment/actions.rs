//! Opening, keeping and removing uploads.

use super::lists;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::secret::sha256_hex;
use bytes::Bytes;
use mamis_rules::base::{ApplicationId, AttachmentId, NoticeId, PhysicianId, TrainingId};
use mamis_schema::{attachment, paper_credit, training};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// A file whose kind was found out from its content.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Name on the sender's device, shown again to people.
    pub file_name: String,
    /// By content.
    pub media_type: &'static str,
    /// The bytes.
    pub content: Vec<u8>,
}

/// What an upload belongs to; decides who may open it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A physician's own paper, e.g. the photo of a paper credit.
    Physician(PhysicianId),
    /// A paper of an application.
    Application(PhysicianId, ApplicationId),
    /// A training's flyer.
    Training(TrainingId),
    /// A file that goes with a notice.
    Notice(NoticeId),
}

/// An upload with its bytes. An officer's look at a physician's paper leaves an entry.
///
/// # Errors
/// [`Error::NotFound`] when there is none or it is not theirs to see.
#[crate::boxed]
pub async fn open(cx: &Cx, id: AttachmentId) -> Result<(attachment::Model, Bytes)> {
    let (row, bytes) = lists::find(cx, id).await?;
    if let Some(physician) = row.physician.filter(|_| !cx.actor.duties().is_empty()) {
        let mut tx = cx.begin().await?;
        tx.audit(Entry::new("attachment.look", "attachment", row.id).about(physician.into()));
        tx.commit().await?;
    }
    Ok((row, bytes))
}

/// Keeps an upload. The file is stored before the row: a crash in between leaves an unreferenced
/// file, never a row without its file.
///
/// # Errors
/// A fault of the store or the database; the caller has already asked who may.
#[crate::boxed]
pub async fn keep(
    cx: &Cx,
    tx: &mut Tx<'_>,
    owner: Owner,
    kind: &'static str,
    upload: Upload,
) -> Result<AttachmentId> {
    let id = Uuid::now_v7();
    let account =
        cx.who.account.ok_or_else(|| Error::refused("ログインしてからファイルを選んでください。"))?;
    let (physician, application, training) = match owner {
        Owner::Notice(_) => (None, None, None),
        Owner::Physician(physician) => (Some(physician.into()), None, None),
        Owner::Application(physician, application) => {
            (Some(physician.into()), Some(application.into()), None)
        }
        Owner::Training(training) => (None, None, Some(training.into())),
    };
    let row = attachment::Model {
        id,
        physician,
        application,
        training,
        notice: match owner {
            Owner::Notice(notice) => Some(notice.into()),
            _ => None,
        },
        kind: kind.to_owned(),
        file_name: upload.file_name,
        file_key: format!("attachment/{id}"),
        media_type: upload.media_type.to_owned(),
        size: i64::try_from(upload.content.len()).map_err(Error::fault)?,
        sha256: sha256_hex(&upload.content),
        uploaded_by: account.into(),
        created_at: cx.now,
    };
    cx.app.files.put(&row.file_key, upload.content).await?;
    let mut entry =
        Entry::new("attachment.keep", "attachment", id).with(json!({"kind": kind, "sha256": row.sha256}));
    entry.physician = physician;
    tx.audit(entry);
    attachment::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok(id.into())
}

/// Keeps the files of a form before the form itself is read: whatever must be mended in it, nobody has to choose
/// a file again. What no form [`claim`]s goes with the clean-up.
///
/// # Errors
/// As [`keep`].
#[crate::boxed]
pub async fn hold(
    cx: &Cx,
    owner: Owner,
    kind: &'static str,
    uploads: Vec<Upload>,
) -> Result<Vec<AttachmentId>> {
    if uploads.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = cx.begin().await?;
    let mut held = Vec::new();
    for upload in uploads {
        held.push(keep(cx, &mut tx, owner, kind, upload).await?);
    }
    tx.commit().await?;
    Ok(held)
}

/// Makes a file that this account holds part of what the form is about.
///
/// # Errors
/// [`Error::Invalid`] at the field when it holds no such file; a fault of the database.
#[crate::boxed]
pub async fn claim(
    cx: &Cx,
    tx: &Tx<'_>,
    owner: Owner,
    kind: &'static str,
    field: &str,
    id: AttachmentId,
) -> Result<Uuid> {
    let row = attachment::Entity::find_by_id(Uuid::from(id)).one(tx.db()).await?;
    let is_held = row.is_some_and(|row| {
        let owned = match owner {
            Owner::Physician(physician) => {
                row.application.is_none() && row.physician == Some(physician.into())
            }
            Owner::Application(_, application) => row.application == Some(application.into()),
            Owner::Training(training) => row.training == Some(training.into()),
            Owner::Notice(notice) => row.notice == Some(notice.into()),
        };
        owned && row.kind == kind && Some(row.uploaded_by) == cx.who.account.map(Uuid::from)
    });
    if is_held && !is_in_use(tx, owner, id).await? {
        return Ok(id.into());
    }
    Err(Error::invalid(field, "前に選んだファイルは、もう残っていません。もう一度選んでください。"))
}

/// Whether a paper credit or the training has it already: a file goes with one of them only.
async fn is_in_use(tx: &Tx<'_>, owner: Owner, id: AttachmentId) -> Result<bool> {
    let id = Uuid::from(id);
    let uses = match owner {
        Owner::Physician(physician) => {
            paper_credit::Entity::find()
                .filter(paper_credit::Column::Physician.eq(Uuid::from(physician)))
                .filter(paper_credit::Column::Photo.eq(id))
                .count(tx.db())
                .await?
        }
        // What is uploaded to an application or a notice is part of it at once.
        Owner::Application(..) | Owner::Notice(_) => 1,
        Owner::Training(training) => {
            training::Entity::find_by_id(Uuid::from(training))
                .filter(training::Column::Flyer.eq(id))
                .count(tx.db())
                .await?
        }
    };
    Ok(uses > 0)
}

/// Takes an upload of a draft away again; the file stays until the clean-up, the row goes.
///
/// # Errors
/// A fault of the database; the caller has already asked who may.
#[crate::boxed]
pub async fn remove(tx: &mut Tx<'_>, id: AttachmentId) -> Result<()> {
    attachment::Entity::delete_many().filter(attachment::Column::Id.eq(Uuid::from(id))).exec(tx.db()).await?;
    tx.audit(Entry::new("attachment.remove", "attachment", id));
    Ok(())
}
