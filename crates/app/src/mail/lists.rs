//! The outbox to read: in the demo only, where everybody is made up.

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::{App, World};
use mamis_rules::access::system;
use mamis_schema::outbox;
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Letters on a page.
pub const PAGE: u64 = 50;

/// A page of the letters written so far whose address or subject holds a text, the newest first, and how many there
/// are altogether. Pages count from 1.
///
/// # Errors
/// [`Error::NotFound`] outside the demo.
#[crate::boxed]
pub async fn newest(cx: &Cx, text: &str, page: u64) -> Result<(Vec<outbox::Model>, u64)> {
    only_in_the_demo(&cx.app)?;
    system::may_see_demo(&cx.actor)?;
    let text = text.trim();
    let holds = Condition::any()
        .add(outbox::Column::Subject.contains(text))
        .add(outbox::Column::Address.contains(text));
    let found = outbox::Entity::find().filter(holds);
    let total = found.clone().count(cx.db()).await?;
    let rows = found
        .order_by_desc(outbox::Column::CreatedAt)
        .order_by_desc(outbox::Column::Id)
        .offset(page.saturating_sub(1).saturating_mul(PAGE))
        .limit(PAGE)
        .all(cx.db())
        .await?;
    Ok((rows, total))
}

/// One letter.
///
/// # Errors
/// [`Error::NotFound`] outside the demo.
#[crate::boxed]
pub async fn show(cx: &Cx, id: Uuid) -> Result<outbox::Model> {
    only_in_the_demo(&cx.app)?;
    system::may_see_demo(&cx.actor)?;
    outbox::Entity::find_by_id(id).one(cx.db()).await?.ok_or(Error::NotFound)
}

fn only_in_the_demo(app: &App) -> Result<()> {
    if app.world == World::Demo { Ok(()) } else { Err(Error::NotFound) }
}
