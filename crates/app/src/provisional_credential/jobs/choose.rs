//! Chooses the people of a run and puts them into postal order.

use super::super::Selection;
use super::super::lists::{own_people, wanted};
use super::{Step, note};
use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::physician::lists::people::workplaces;
use crate::post_letter::lists::destination;
use mamis_rules::physician::card::{Act, Way, way};
use mamis_schema::{account, credential_run, physician, provisional_credential};
use physician::Column as P;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// People read and rows written at once.
const AT_ONCE: usize = 500;

/// Somebody chosen, with the place in the postal order: cards first, by postcode, address and reading.
struct Chosen {
    physician: Uuid,
    account: Option<Uuid>,
    way: Way,
    postcode: String,
    lines: Vec<String>,
    kana_key: String,
}

impl Chosen {
    fn place(&self) -> (Way, &str, &[String], &str, Uuid) {
        (self.way, &self.postcode, &self.lines, &self.kana_key, self.physician)
    }
}

/// Writes a row for each person of the run and answers how many there are.
pub(super) async fn choose(cx: &Cx, row: &credential_run::Model) -> Result<u64> {
    let selection: Selection = serde_json::from_str(&row.chosen)?;
    let people = own_people(cx.db(), row.association.into()).await?;
    let found = wanted(&people, &selection, cx.today(), cx.now);
    let ids: Vec<Uuid> = found
        .select_only()
        .column(P::Id)
        .order_by_asc(P::Id)
        .limit(super::super::MOST)
        .into_tuple()
        .all(cx.db())
        .await?;
    let mut chosen = Vec::with_capacity(ids.len());
    for ids in ids.chunks(AT_ONCE) {
        chosen.extend(destinations(cx, &selection, ids).await?);
    }
    chosen.sort_by(|a, b| a.place().cmp(&b.place()));
    let count = i32::try_from(chosen.len()).map_err(Error::fault)?;
    let rows: Vec<_> = (1..).zip(&chosen).map(|(position, one)| row_of(cx, row, position, one)).collect();
    let mut tx = cx.begin().await?;
    note(&tx, row, &Step { act: Some(Act::Choose), wanted: count, made: 0 }).await?;
    for rows in rows.chunks(AT_ONCE) {
        provisional_credential::Entity::insert_many(rows.to_vec()).exec_without_returning(tx.db()).await?;
    }
    let detail = json!({"number": row.number, "people": count});
    tx.audit(Entry::new("provisional_credential.choose", "credential_run", row.id).with(detail));
    tx.commit().await?;
    Ok(chosen.len() as u64)
}

/// Where these people want their post: three questions for all of them.
async fn destinations(cx: &Cx, selection: &Selection, ids: &[Uuid]) -> Result<Vec<Chosen>> {
    let people = physician::Entity::find().filter(P::Id.is_in(ids.iter().copied())).all(cx.db()).await?;
    let workplaces = workplaces(cx.db(), ids, cx.today()).await?;
    let accounts: Vec<(Option<Uuid>, Uuid)> = account::Entity::find()
        .select_only()
        .columns([account::Column::Physician, account::Column::Id])
        .filter(account::Column::Physician.is_in(ids.iter().copied()))
        .into_tuple()
        .all(cx.db())
        .await?;
    let accounts: HashMap<Uuid, Uuid> =
        accounts.into_iter().filter_map(|(person, id)| Some((person?, id))).collect();
    let chosen = |person: physician::Model| {
        let to = destination(&person, workplaces.get(&person.id));
        let mail = person.email_verified_at.is_some();
        let way = way(selection.kind, mail.into(), to.is_some().into());
        let (postcode, lines) = to.map(|to| (to.postcode, to.lines)).unwrap_or_default();
        let account = accounts.get(&person.id).copied();
        Chosen { physician: person.id, account, way, postcode, lines, kana_key: person.kana_key }
    };
    Ok(people.into_iter().map(chosen).collect())
}

fn row_of(
    cx: &Cx,
    run: &credential_run::Model,
    position: i32,
    one: &Chosen,
) -> provisional_credential::ActiveModel {
    let problem = match one.way {
        Way::None => "送付先の住所がありません。",
        Way::Post | Way::Mail => "",
    };
    let row = provisional_credential::Model {
        id: Uuid::now_v7(),
        credential_run: run.id,
        position,
        physician: one.physician,
        account: one.account,
        way: one.way.name().to_owned(),
        postal_code: one.postcode.clone(),
        secret_hash: None,
        problem: problem.to_owned(),
        expires_at: None,
        used_at: None,
        revoked_at: None,
        made_at: None,
        created_at: cx.now,
    };
    sea_orm::ActiveModelTrait::reset_all(provisional_credential::ActiveModel::from(row))
}
