//! Opening uploads.

use crate::cx::Cx;
use crate::db::scope;
use crate::error::{Error, Result};
use bytes::Bytes;
use mamis_rules::access::{self, Depth};
use mamis_rules::base::AttachmentId;
use mamis_schema::{application, attachment, notice, physician, training};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

/// An upload with its bytes, if the actor may see what it belongs to: the application, the training,
/// or everything about the physician.
///
/// # Errors
/// [`Error::NotFound`] when there is none or it is not theirs to see.
pub(super) async fn find(cx: &Cx, id: AttachmentId) -> Result<(attachment::Model, Bytes)> {
    let row = attachment::Entity::find_by_id(Uuid::from(id)).one(cx.db()).await?.ok_or(Error::NotFound)?;
    let visible = match (row.application, row.training, row.physician) {
        (Some(application), _, _) => {
            application::Entity::find_by_id(application)
                .filter(scope::applications(&access::application::visible_to(&cx.actor)))
                .select_only()
                .column(application::Column::Id)
                .into_tuple::<Uuid>()
                .one(cx.db())
                .await?
        }
        (None, Some(training), _) => {
            training::Entity::find_by_id(training)
                .filter(scope::trainings(&access::training::visible_to(&cx.actor)))
                .select_only()
                .column(training::Column::Id)
                .into_tuple::<Uuid>()
                .one(cx.db())
                .await?
        }
        (None, None, Some(physician)) => {
            // A photo of somebody's papers is none of the fields of a list.
            let whole = access::physician::visible_at(&cx.actor, Depth::Full);
            physician::Entity::find()
                .filter(physician::Column::Id.eq(physician))
                .filter(scope::physicians(&whole, cx.today()))
                .select_only()
                .column(physician::Column::Id)
                .into_tuple::<Uuid>()
                .one(cx.db())
                .await?
        }
        (None, None, None) => match row.notice {
            Some(notice) => {
                notice::Entity::find_by_id(notice)
                    .filter(scope::notices(&access::notice::visible_to(&cx.actor)))
                    .select_only()
                    .column(notice::Column::Id)
                    .into_tuple::<Uuid>()
                    .one(cx.db())
                    .await?
            }
            None => None,
        },
    };
    visible.ok_or(Error::NotFound)?;
    let bytes = cx.app.files.get(&row.file_key).await?;
    Ok((row, bytes))
}
