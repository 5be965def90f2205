//! The terms of use.

use super::super::TERMS_VERSION;
use super::super::lists::{Current, Terms};
use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::Result;
use mamis_schema::terms_consent;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Records that somebody accepts the terms in force; a second time changes nothing.
///
/// # Errors
/// A fault of the database.
pub async fn agree(cx: &Cx, current: Option<&Current>) -> Result<()> {
    let current = super::logged_in(current)?;
    if current.terms == Terms::Accepted {
        return Ok(());
    }
    let account = Uuid::from(current.account);
    let mut tx = cx.begin().await?;
    let known = terms_consent::Entity::find()
        .filter(terms_consent::Column::Account.eq(account))
        .filter(terms_consent::Column::TermsVersion.eq(TERMS_VERSION))
        .count(tx.db())
        .await?;
    if known == 0 {
        let id = Uuid::now_v7();
        let row =
            terms_consent::Model { id, account, terms_version: TERMS_VERSION.to_owned(), agreed_at: cx.now };
        terms_consent::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
        tx.audit(Entry::new("account.agree", "terms_consent", id).with(json!({"version": TERMS_VERSION})));
        tx.commit().await?;
    }
    Ok(())
}
