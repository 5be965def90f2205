//! Rows of physicians, column by column: what was chosen, and what it was before.

use super::super::moves::{FIELDS, Field};
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::physician::actions::record::{self as registration, Origin};
use mamis_schema::physician;
use sea_orm::ColumnTrait;
use sea_orm::{
    ActiveModelTrait, EntityTrait, IdenStatic, IntoActiveModel, Iterable, ModelTrait, QueryFilter, Value,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A column before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Change {
    pub(super) before: Json,
    pub(super) after: Json,
}

/// The columns of a row that merging changed.
pub(super) type Changes = BTreeMap<String, Change>;

/// What merging changed of the record that stays and of the one that goes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Both {
    pub(super) kept: Changes,
    pub(super) merged: Changes,
}

fn column(name: &str) -> Result<physician::Column> {
    let found = physician::Column::iter().find(|column| column.as_str() == name);
    found.ok_or_else(|| Error::fault(format!("physician has no column {name}")))
}

/// What becomes of both rows when `taken` says for which fields the record that goes is right. Of what nobody else may
/// have, the other record keeps what was not chosen: it is never given to anybody else.
pub(super) fn choose(
    kept: &physician::Model,
    merged: &physician::Model,
    taken: impl Fn(&Field) -> bool,
) -> Result<Both> {
    let mut both = Both::default();
    for field in FIELDS.iter().filter(|field| taken(field)) {
        for name in field.columns {
            let column = column(name)?;
            let (own, others) = (written(&kept.get(column))?, written(&merged.get(column))?);
            if own == others {
                continue;
            }
            both.kept.insert((*name).to_owned(), Change { before: own.clone(), after: others.clone() });
            if field.unique {
                both.merged.insert((*name).to_owned(), Change { before: others, after: own });
            }
        }
    }
    Ok(both)
}

/// Writes `after` of both rows, with their histories.
///
/// # Errors
/// A fault of the database.
pub(super) async fn write(
    cx: &Cx,
    tx: &Tx<'_>,
    kept: &physician::Model,
    merged: &physician::Model,
    both: &Both,
    merged_into: Option<Uuid>,
) -> Result<()> {
    // Numbers that nobody else may have are let go of before the other row takes them.
    let mut free = merged.clone().into_active_model();
    let mut has_unique = false;
    for field in FIELDS.iter().filter(|field| field.unique) {
        for name in field.columns.iter().filter(|name| both.merged.contains_key(**name)) {
            let column = column(name)?;
            if matches!(merged.get(column), Value::String(_)) {
                free.set(column, Value::String(None));
                has_unique = true;
            }
        }
    }
    if has_unique {
        free.update(tx.db()).await?;
    }
    let after = applied(kept, &both.kept)?;
    registration::write(cx, tx, kept, after, Origin::of(cx)).await?;
    let after = physician::Model { merged_into, ..applied(merged, &both.merged)? };
    registration::write(cx, tx, merged, after, Origin::of(cx)).await?;
    Ok(())
}

fn applied(row: &physician::Model, changes: &Changes) -> Result<physician::Model> {
    let mut after = row.clone();
    for (name, change) in changes {
        let column = column(name)?;
        after.set(column, read(&row.get(column), &change.after)?);
    }
    Ok(after)
}

/// The changes back again, as far as the row still says what merging made of it; what was changed since stays, and is
/// named.
pub(super) fn reversed(
    now: &physician::Model,
    changes: &Changes,
    moved_on: &mut Vec<String>,
) -> Result<Changes> {
    let mut back = Changes::new();
    for (name, change) in changes {
        if written(&now.get(column(name)?))? == change.after {
            back.insert(name.clone(), Change { before: change.after.clone(), after: change.before.clone() });
        } else {
            let field = FIELDS.iter().find(|field| field.columns.contains(&name.as_str()));
            moved_on.extend(field.map(|field| field.label.to_owned()));
        }
    }
    Ok(back)
}

/// The two rows as they stand, held until the transaction ends, in the order of their ids.
///
/// # Errors
/// [`Error::NotFound`]; a fault of the database.
pub(super) async fn held(
    tx: &Tx<'_>,
    one: Uuid,
    other: Uuid,
) -> Result<(physician::Model, physician::Model)> {
    let mut ids = [one, other];
    ids.sort_unstable();
    crate::db::dialect::lock_physicians(tx.db(), &ids).await?;
    let rows = physician::Entity::find().filter(physician::Column::Id.is_in(ids)).all(tx.db()).await?;
    let find = |id: Uuid| rows.iter().find(|row| row.id == id).cloned().ok_or(Error::NotFound);
    Ok((find(one)?, find(other)?))
}

fn written(value: &Value) -> Result<Json> {
    Ok(match value {
        Value::String(text) => json!(text),
        Value::ChronoDate(day) => json!(day),
        Value::ChronoDateTimeUtc(instant) => json!(instant),
        other => return Err(Error::fault(format!("a column of physician that cannot be chosen: {other:?}"))),
    })
}

/// The same back; `like` has the kind of the column.
fn read(like: &Value, json: &Json) -> Result<Value> {
    Ok(match like {
        Value::String(_) => Value::String(serde_json::from_value(json.clone())?),
        Value::ChronoDate(_) => Value::ChronoDate(serde_json::from_value(json.clone())?),
        Value::ChronoDateTimeUtc(_) => Value::ChronoDateTimeUtc(serde_json::from_value(json.clone())?),
        other => return Err(Error::fault(format!("a column of physician that cannot be chosen: {other:?}"))),
    })
}
