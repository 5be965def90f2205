//! Every write about cards besides their making.

use super::lists;
use super::{MOST, Selection};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::number;
use crate::error::{Error, Result};
use bytes::Bytes;
use credential_run::Column as R;
use mamis_rules::access::provisional_credential::{Facts, may_send};
use mamis_rules::base::{AssociationId, CredentialRunId, Day, FiscalYear};
use mamis_rules::physician::card::{Act, State, after};
use mamis_schema::{credential_file, credential_run, provisional_credential};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Asks for cards. The job makes them; the page shows how far it is.
///
/// # Errors
/// [`Error::NotFound`] and [`Error::Refused`] for other offices, [`Error::Invalid`] for nobody and for too many people.
#[crate::boxed]
pub async fn begin(cx: &Cx, at: AssociationId, chosen: &Selection) -> Result<CredentialRunId> {
    may_send(&cx.actor, &Facts { sent_by: at })?;
    match lists::count(cx, at, chosen).await? {
        0 => {
            let text = "当てはまる方がいません。種類か医師会を変えてください。";
            return Err(Error::invalid("kind", text));
        }
        count if count > MOST => {
            let text = "一度に発行できるのは20,000人までです。医師会を入力して、分けて発行してください。";
            return Err(Error::invalid("association", text));
        }
        _ => {}
    }
    let mut tx = cx.begin().await?;
    let year = FiscalYear::of(cx.today()).0;
    let count = number::next(tx.db(), &format!("credential_run/{year}")).await?;
    let row = credential_run::Model {
        id: Uuid::now_v7(),
        number: format!("C{year}-{count:04}"),
        association: at.into(),
        kind: chosen.kind.name().to_owned(),
        state: State::Queued.name().to_owned(),
        chosen: serde_json::to_string(chosen)?,
        wanted: 0,
        made: 0,
        posted_on: None,
        by_name: cx.who.name.clone(),
        account: cx.who.account.ok_or(Error::NotFound)?.into(),
        created_at: cx.now,
        version: 1,
    };
    let id = row.id;
    let detail = json!({"number": row.number, "kind": row.kind, "within": chosen.within});
    tx.audit(Entry::new("provisional_credential.begin", "credential_run", id).with(detail));
    credential_run::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    tx.commit().await?;
    Ok(id.into())
}

/// Opens a file of cards. It shows secrets and addresses, so each opening is noted.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] once it was deleted.
#[crate::boxed]
pub async fn open_file(cx: &Cx, id: CredentialRunId, position: i32) -> Result<(String, Bytes)> {
    let row = lists::find(cx, cx.db(), id).await?;
    may_send(&cx.actor, &facts(&row))?;
    let file = credential_file::Entity::find_by_id((row.id, position)).one(cx.db()).await?;
    let file = file.ok_or(Error::NotFound)?;
    let key = file.file_key.ok_or_else(|| {
        Error::refused("発送を記録したため、このファイルは消しました。もう一度送るには、再度のご案内を発行してください。")
    })?;
    let bytes = cx.app.files.get(&key).await?;
    let mut tx = cx.begin().await?;
    let detail = json!({"number": row.number, "file": position, "cards": file.cards});
    tx.audit(Entry::new("provisional_credential.export", "credential_run", row.id).with(detail));
    tx.commit().await?;
    Ok((format!("{}-{position:02}.pdf", row.number), bytes))
}

/// Records that the cards were handed to the post, and deletes the files.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for other offices and in another state, [`Error::Invalid`] for a day that
/// cannot be.
#[crate::boxed]
pub async fn record_posting(cx: &Cx, id: CredentialRunId, on: Option<Day>) -> Result<()> {
    let on = on.filter(|on| *on <= cx.today() && *on >= cx.today().plus_months(-3)).ok_or_else(|| {
        Error::invalid("posted_on", "発送した日は、今日までの3か月のうちで入力してください。")
    })?;
    let mut tx = cx.begin().await?;
    let row = move_on(cx, &mut tx, id, Act::Post).await?;
    credential_run::Entity::update_many()
        .col_expr(R::PostedOn, Expr::value(on.date()))
        .filter(R::Id.eq(row.id))
        .exec(tx.db())
        .await?;
    let detail = json!({"number": row.number, "posted_on": on});
    tx.audit(Entry::new("provisional_credential.post", "credential_run", row.id).with(detail));
    let keys = forget_files(&tx, row.id).await?;
    tx.commit().await?;
    remove(cx, keys).await
}

/// Withdraws a run before it is posted: its cards open nothing.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for other offices and once it was posted.
#[crate::boxed]
pub async fn withdraw(cx: &Cx, id: CredentialRunId) -> Result<()> {
    use provisional_credential::Column as C;
    let mut tx = cx.begin().await?;
    let row = move_on(cx, &mut tx, id, Act::Withdraw).await?;
    provisional_credential::Entity::update_many()
        .col_expr(C::RevokedAt, Expr::value(cx.app.clock.wall()))
        .filter(C::CredentialRun.eq(row.id))
        .filter(C::UsedAt.is_null())
        .filter(C::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    let detail = json!({"number": row.number});
    tx.audit(Entry::new("provisional_credential.withdraw", "credential_run", row.id).with(detail));
    let keys = forget_files(&tx, row.id).await?;
    tx.commit().await?;
    remove(cx, keys).await
}

fn facts(row: &credential_run::Model) -> Facts {
    Facts { sent_by: row.association.into() }
}

async fn move_on(cx: &Cx, tx: &mut Tx<'_>, id: CredentialRunId, act: Act) -> Result<credential_run::Model> {
    let row = lists::find(cx, tx.db(), id).await?;
    may_send(&cx.actor, &facts(&row))?;
    let state: State = row.state.parse().map_err(Error::fault)?;
    let to = after(state, act).ok_or_else(|| {
        let text = format!("いまは「{}」のため、「{}」はできません。", state.label(), act.label());
        Error::refused(text)
    })?;
    let moved = credential_run::Entity::update_many()
        .col_expr(R::State, Expr::value(to.name()))
        .col_expr(R::Version, Expr::col(R::Version).add(1))
        .filter(R::Id.eq(row.id))
        .filter(R::Version.eq(row.version))
        .exec(tx.db())
        .await?;
    if moved.rows_affected == 0 {
        let text = "はがきの作成が進んだか、ほかの職員が先に操作しました。ページを読み込み直して、もう一度お試しください。";
        return Err(Error::Stale(text.to_owned()));
    }
    Ok(row)
}

/// Takes the files from the rows; they are removed after the commit.
async fn forget_files(tx: &Tx<'_>, run: Uuid) -> Result<Vec<String>> {
    use credential_file::Column as F;
    let of_run = F::CredentialRun.eq(run);
    let rows = credential_file::Entity::find().filter(of_run.clone()).all(tx.db()).await?;
    credential_file::Entity::update_many()
        .col_expr(F::FileKey, Expr::value(None::<String>))
        .filter(of_run)
        .exec(tx.db())
        .await?;
    Ok(rows.into_iter().filter_map(|row| row.file_key).collect())
}

async fn remove(cx: &Cx, keys: Vec<String>) -> Result<()> {
    for key in keys {
        cx.app.files.remove(&key).await?;
    }
    Ok(())
}

/// Deletes the files of cards that opened nothing for long: nobody will print them any more.
///
/// # Errors
/// A fault of the database or of the store.
pub(crate) async fn forget(cx: &Cx) -> Result<u64> {
    use credential_file::Column as F;
    let old = sea_orm::sea_query::Query::select()
        .column(R::Id)
        .from(credential_run::Entity)
        .and_where(R::CreatedAt.lt(cx.now - chrono::Duration::days(30)))
        .to_owned();
    let old = F::FileKey.is_not_null().and(F::CredentialRun.in_subquery(old));
    let rows = credential_file::Entity::find().filter(old.clone()).all(cx.db()).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    for row in rows.iter().filter_map(|row| row.file_key.as_ref()) {
        cx.app.files.remove(row).await?;
    }
    let mut tx = cx.begin().await?;
    credential_file::Entity::update_many()
        .col_expr(F::FileKey, Expr::value(None::<String>))
        .filter(old)
        .exec(tx.db())
        .await?;
    tx.audit(Entry::of_list("credential_run.forget", "credential_run").with(json!({"files": rows.len()})));
    tx.commit().await?;
    Ok(rows.len() as u64)
}
