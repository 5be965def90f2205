//! Throwing a draft away.

use crate::audit::Entry;
use crate::cx::Cx;
use crate::decision::{self, On};
use crate::error::{Error, Result};
use crate::training::lists::standing;
use mamis_rules::access;
use mamis_rules::base::TrainingId;
use mamis_rules::flow::training_approval::State;
use mamis_schema::{training, training_draft, training_session};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

/// Throws a draft away that was never submitted.
///
/// # Errors
/// [`Error::NotFound`], a refusal once it was submitted, or a fault of the database.
#[crate::boxed]
pub async fn discard(cx: &Cx, id: TrainingId) -> Result<()> {
    let mut tx = cx.begin().await?;
    let standing = standing::load(cx, tx.db(), id).await?;
    access::training::may_edit(&cx.actor, &standing.facts())?;
    let history = decision::history(tx.db(), On::Training(id)).await?;
    if standing.state != State::Draft || !history.is_empty() {
        return Err(Error::refused("一度申請した研修会は、消せません。"));
    }
    let training = standing.row.id;
    mamis_schema::credit_line::Entity::delete_many()
        .filter(mamis_schema::credit_line::Column::Training.eq(training))
        .exec(tx.db())
        .await?;
    training_session::Entity::delete_many()
        .filter(training_session::Column::Training.eq(training))
        .exec(tx.db())
        .await?;
    training_draft::Entity::delete_many()
        .filter(training_draft::Column::Training.eq(training))
        .exec(tx.db())
        .await?;
    mamis_schema::attachment::Entity::delete_many()
        .filter(mamis_schema::attachment::Column::Training.eq(training))
        .exec(tx.db())
        .await?;
    training::Entity::delete_many()
        .filter(Expr::col(training::Column::Id).eq(training))
        .exec(tx.db())
        .await?;
    tx.audit(Entry::new("training.discard", "training", id).with(json!({"number": standing.row.number})));
    tx.commit().await
}
