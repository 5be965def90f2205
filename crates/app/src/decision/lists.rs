//! What was decided, and by whom.

use super::{On, at};
use crate::error::{Error, Result};
use mamis_schema::decision;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// The decisions on a thing, oldest first, at most 200.
///
/// # Errors
/// A fault of the database.
pub async fn history(db: &impl ConnectionTrait, on: On) -> Result<Vec<decision::Model>> {
    Ok(decision::Entity::find()
        .filter(filter(on))
        .order_by_asc(decision::Column::DecidedAt)
        .order_by_asc(decision::Column::Id)
        .limit(200)
        .all(db)
        .await?)
}

/// The error for whoever was second, with what the first one did.
///
/// # Errors
/// None; a fault of the database becomes the returned error.
pub async fn stale(db: &impl ConnectionTrait, on: On, label: impl Fn(&str) -> String) -> Error {
    let latest = decision::Entity::find()
        .filter(filter(on))
        .order_by_desc(decision::Column::DecidedAt)
        .order_by_desc(decision::Column::Id)
        .one(db)
        .await;
    match latest {
        Err(error) => error.into(),
        Ok(None) => Error::Stale("ほかの画面で先に変更されています。".to_owned()),
        Ok(Some(row)) => Error::Stale(format!(
            "{}さんが{}に「{}」をしました。",
            row.by_name,
            at(row.decided_at),
            label(&row.command)
        )),
    }
}

fn filter(on: On) -> sea_orm::Condition {
    let condition = sea_orm::Condition::all();
    match on {
        On::Application(id) => condition.add(decision::Column::Application.eq(Uuid::from(id))),
        On::Training(id) => condition.add(decision::Column::Training.eq(Uuid::from(id))),
    }
}
