//! Questions about paper credits.

use crate::cx::Cx;
use crate::db::scope;
use crate::error::{Error, Result};
use mamis_rules::access;
use mamis_rules::base::{PaperCreditId, PhysicianId};
use mamis_schema::{paper_credit, physician};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// The lines a physician has declared, newest first, at most 500.
///
/// # Errors
/// A fault of the database.
pub async fn of_physician(
    db: &impl ConnectionTrait,
    physician: PhysicianId,
) -> Result<Vec<paper_credit::Model>> {
    Ok(paper_credit::Entity::find()
        .filter(paper_credit::Column::Physician.eq(Uuid::from(physician)))
        .order_by_desc(paper_credit::Column::EarnedOn)
        .order_by_asc(paper_credit::Column::Id)
        .limit(500)
        .all(db)
        .await?)
}

/// A line, if the actor may see the physician it belongs to.
///
/// # Errors
/// [`Error::NotFound`] when there is none or it is not theirs to see.
pub async fn find(cx: &Cx, db: &impl ConnectionTrait, id: PaperCreditId) -> Result<paper_credit::Model> {
    let row = paper_credit::Entity::find_by_id(Uuid::from(id)).one(db).await?.ok_or(Error::NotFound)?;
    let depth = access::physician::visible_at(&cx.actor, access::Depth::Full);
    physician::Entity::find()
        .filter(physician::Column::Id.eq(row.physician))
        .filter(scope::physicians(&depth, cx.today()))
        .select_only()
        .column(physician::Column::Id)
        .into_tuple::<Uuid>()
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(row)
}
