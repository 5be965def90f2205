//! Opening, keeping and removing uploads.

use super::lists;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::secret::sha256_hex;
use bytes::Bytes;
use mamis_rules::base::{ApplicationId, AttachmentId, PhysicianId, TrainingId};
use mamis_schema::attachment;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
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
#[derive(Clone, Copy, Debug)]
pub enum Owner {
    /// A physician's own paper, e.g. the photo of a paper credit.
    Physician(PhysicianId),
    /// A paper of an application.
    Application(PhysicianId, ApplicationId),
    /// A training's flyer.
    Training(TrainingId),
}

/// An upload with its bytes. An officer's look at a physician's paper leaves an entry.
///
/// # Errors
/// [`Error::NotFound`] when there is none or it is not theirs to see.
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

/// Takes an upload of a draft away again; the file stays until the clean-up, the row goes.
///
/// # Errors
/// A fault of the database; the caller has already asked who may.
pub async fn remove(tx: &mut Tx<'_>, id: AttachmentId) -> Result<()> {
    attachment::Entity::delete_many().filter(attachment::Column::Id.eq(Uuid::from(id))).exec(tx.db()).await?;
    tx.audit(Entry::new("attachment.remove", "attachment", id));
    Ok(())
}
