//! An association's own categories of members: entered, and ended.

use crate::association::lists;
use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::{Error, Result};
use mamis_rules::access::association as access;
use mamis_rules::association::category::{self as rules, Own, Refusal};
use mamis_rules::base::{AssociationId, Day};
use mamis_schema::association_category;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

fn beside(refusal: Refusal) -> Error {
    let field = match refusal {
        Refusal::NameMissing | Refusal::NameTooLong | Refusal::NameTaken => "category_name",
        Refusal::Past | Refusal::Reversed | Refusal::Ended => "category_from",
    };
    Error::invalid(field, &refusal.to_string())
}

/// Enters a category of the actor's association.
///
/// # Errors
/// [`Error::NotFound`] for other associations, [`Error::Invalid`] for what must be mended.
#[crate::boxed]
pub async fn enter(cx: &Cx, id: AssociationId, new: &Own) -> Result<()> {
    let mut tx = cx.begin().await?;
    let found = lists::find_own(cx, tx.db(), id).await?;
    access::may_change_settings(&cx.actor, &found.facts)?;
    let known = lists::category::categories(tx.db(), found.row.id).await?;
    let known: Vec<Own> = known.iter().map(lists::category::own).collect::<Result<_>>()?;
    rules::enter(new, &known, cx.today()).map_err(beside)?;
    let row = association_category::Model {
        id: Uuid::now_v7(),
        association: found.row.id,
        name: new.name.clone(),
        national: new.national.name().to_owned(),
        valid_from: new.from.date(),
        valid_until: new.until.map(|day| day.date()),
        created_at: cx.now,
    };
    let detail = json!({"association": id, "name": row.name, "national": row.national, "from": new.from});
    tx.audit(Entry::new("association.enter_category", "association_category", row.id).with(detail));
    association_category::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    tx.commit().await
}

/// Gives a category its last day.
///
/// # Errors
/// [`Error::NotFound`] for other associations, [`Error::Invalid`] for a day that will not do.
#[crate::boxed]
pub async fn end(cx: &Cx, id: AssociationId, category: Uuid, until: Day) -> Result<()> {
    use association_category::Column as C;
    let mut tx = cx.begin().await?;
    let found = lists::find_own(cx, tx.db(), id).await?;
    access::may_change_settings(&cx.actor, &found.facts)?;
    let row = association_category::Entity::find_by_id(category)
        .filter(C::Association.eq(found.row.id))
        .one(tx.db())
        .await?
        .ok_or(Error::NotFound)?;
    rules::end(&lists::category::own(&row)?, until, cx.today())
        .map_err(|refusal| Error::invalid("until", &refusal.to_string()))?;
    association_category::Entity::update_many()
        .col_expr(C::ValidUntil, Expr::value(until.date()))
        .filter(C::Id.eq(row.id))
        .exec(tx.db())
        .await?;
    let detail = json!({"association": id, "name": row.name, "until": until});
    tx.audit(Entry::new("association.end_category", "association_category", row.id).with(detail));
    tx.commit().await
}
