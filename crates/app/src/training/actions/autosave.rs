//! What an officer types into the form of a training, kept while they type.

use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::training::lists::standing;
use mamis_rules::access;
use mamis_rules::base::TrainingId;
use mamis_schema::training_draft;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, EntityTrait};

/// Keeps the fields as typed, for this officer alone; the training itself stays as it is.
///
/// # Errors
/// [`Error::NotFound`], a refusal, or a fault of the database.
#[crate::boxed]
pub async fn autosave(cx: &Cx, id: TrainingId, fields: &[(String, String)]) -> Result<()> {
    let account = cx.who.account.ok_or(Error::NotFound)?;
    let mut tx = cx.begin().await?;
    let standing = standing::load(cx, tx.db(), id).await?;
    access::training::may_edit(&cx.actor, &standing.facts())?;
    let row = training_draft::Model {
        training: standing.row.id,
        account: account.into(),
        fields: serde_json::to_string(fields)?,
        training_version: standing.row.version,
        saved_at: cx.now,
    };
    use training_draft::Column as C;
    let newer = OnConflict::columns([C::Training, C::Account])
        .update_columns([C::Fields, C::TrainingVersion, C::SavedAt])
        .to_owned();
    training_draft::Entity::insert(training_draft::ActiveModel::from(row).reset_all())
        .on_conflict(newer)
        .exec_without_returning(tx.db())
        .await?;
    tx.audit(Entry::new("training.autosave", "training", id));
    tx.commit().await
}
