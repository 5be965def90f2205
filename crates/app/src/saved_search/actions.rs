//! Keeping and removing searches.

use super::lists;
use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::{Error, Problem, Result};
use mamis_rules::access::saved_search::{keeps, may_save};
use mamis_rules::access::{Actor, Office};
use mamis_rules::base::{AssociationId, SavedSearchId};
use mamis_schema::saved_search;
use sea_orm::{ActiveModelTrait, EntityTrait};
use serde_json::json;
use uuid::Uuid;

/// Letters of a name at most: what fits into the list.
const NAME: usize = 40;

/// Letters of a question at most: what the form can ask.
const QUERY: usize = 2_000;

/// For whom a search is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// The keeper alone.
    Oneself,
    /// The keeper's office as well.
    Office,
}

/// Keeps a question, as it stands in the address, under a name.
///
/// # Errors
/// [`Error::Invalid`] without a name or a question, [`Error::Refused`] for officers who see no people.
#[crate::boxed]
pub async fn save(cx: &Cx, name: &str, query: &str, whom: For) -> Result<SavedSearchId> {
    let mut problems = Vec::new();
    if name.is_empty() || name.chars().count() > NAME {
        problems.push(Problem::at("name", "検索の名前を40文字以内で入力してください。"));
    }
    if query.is_empty() || query.len() > QUERY {
        problems.push(Problem::at("name", "条件を入れて検索してから保存してください。"));
    }
    Problem::none_of(problems)?;
    let (account, office) = office(&cx.actor)?;
    may_save(&cx.actor, office)?;
    let mut tx = cx.begin().await?;
    if lists::kept(tx.db(), account).await? >= lists::MOST {
        return Err(Error::invalid(
            "name",
            "保存できる検索は100件までです。使わないものを削除してください。",
        ));
    }
    let id = Uuid::now_v7();
    let row = saved_search::Model {
        id,
        account,
        association: (whom == For::Office).then_some(office.into()),
        name: name.to_owned(),
        query: query.to_owned(),
        created_at: cx.now,
    };
    saved_search::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    let detail = json!({"name": name, "shared": whom == For::Office});
    tx.audit(Entry::new("saved_search.save", "saved_search", id).with(detail));
    tx.commit().await?;
    Ok(id.into())
}

/// The account of an officer, and the association whose people it searches.
fn office(actor: &Actor) -> Result<(Uuid, AssociationId)> {
    let sees =
        |held: &&mamis_rules::access::DutyHeld| mamis_rules::access::physician::depth_of(held.duty).is_some();
    let office = actor.duties().iter().filter(sees).find_map(|held| match held.at {
        Office::Association { id, .. } => Some(id),
        Office::Organizer { .. } => None,
    });
    match (actor.account(), office) {
        (Some(account), Some(office)) => Ok((account.into(), office)),
        _ => Err(Error::refused("検索を保存できるのは、医師を見られる医師会の職員です。")),
    }
}

/// Removes a search that the actor keeps.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for a search that somebody else keeps.
#[crate::boxed]
pub async fn remove(cx: &Cx, id: SavedSearchId) -> Result<()> {
    let mut tx = cx.begin().await?;
    let row = lists::find(cx, tx.db(), id).await?.ok_or(Error::NotFound)?;
    if !keeps(&cx.actor, &lists::facts(&row)) {
        return Err(Error::refused("検索を削除できるのは、保存した本人です。"));
    }
    saved_search::Entity::delete_by_id(row.id).exec(tx.db()).await?;
    tx.audit(Entry::new("saved_search.remove", "saved_search", row.id).with(json!({"name": row.name})));
    tx.commit().await
}
